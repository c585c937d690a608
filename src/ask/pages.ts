import * as vscode from 'vscode';
import type { HostMessage, PageMessage, Surface } from './messages';
import { pageHtml } from './pageHtml';

export const askView = 'landmark.ask';
export const askEditor = 'landmark.askEditor';

export interface Page {
  surface: Surface;
  post(message: HostMessage): void;
}

export type Receive = (message: PageMessage, page: Page) => void;

/** The page, in its view and in editors; each shows the same state. */
export class AskPages
  implements vscode.WebviewViewProvider, vscode.WebviewPanelSerializer, vscode.Disposable
{
  private readonly registrations: vscode.Disposable[];
  private readonly pages = new Set<ConnectedPage>();
  private view: vscode.WebviewView | undefined;
  private panel: vscode.WebviewPanel | undefined;
  private title = '';
  /** Waits for a page that is about to be shown. */
  private readonly early: HostMessage[] = [];

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly receive: Receive,
    private readonly editorTitle: (title: string) => string,
  ) {
    this.registrations = [
      vscode.window.registerWebviewViewProvider(askView, this),
      vscode.window.registerWebviewPanelSerializer(askEditor, this),
    ];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    this.showTitle();
    this.connect(view.webview, 'view', view);
    view.onDidDispose(() => {
      if (this.view === view) this.view = undefined;
    });
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.adopt(panel);
    return Promise.resolve();
  }

  openEditor(): void {
    if (this.panel) {
      this.panel.reveal();
      return;
    }
    this.adopt(
      vscode.window.createWebviewPanel(askEditor, this.editorTitle(this.title), vscode.ViewColumn.Active),
    );
  }

  /** Sends a message to the page that is looked at, bringing the view up where none is. */
  async postToVisible(message: HostMessage): Promise<void> {
    const visible = this.panel?.active ? 'editor' : 'view';
    if (visible === 'view') await vscode.commands.executeCommand(`${askView}.focus`);
    const page = [...this.pages].find(({ surface, isReady }) => surface === visible && isReady);
    if (page) page.post(message);
    else this.early.push(message);
  }

  postToAll(message: HostMessage): void {
    for (const page of this.pages) if (page.isReady) page.post(message);
  }

  get isShown(): boolean {
    return this.view?.visible === true || this.panel?.visible === true;
  }

  /** The thread's title, where the editor shows the titles of its views. */
  setTitle(title: string): void {
    this.title = title;
    this.showTitle();
  }

  dispose(): void {
    vscode.Disposable.from(...this.registrations).dispose();
    this.panel?.dispose();
  }

  private showTitle(): void {
    if (this.view) this.view.description = this.title;
    if (this.panel) this.panel.title = this.editorTitle(this.title);
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.extensionUri, 'media', 'icon.svg');
    this.showTitle();
    this.connect(panel.webview, 'editor', panel);
    panel.onDidDispose(() => {
      if (this.panel === panel) this.panel = undefined;
    });
  }

  private connect(
    webview: vscode.Webview,
    surface: Surface,
    owner: { onDidDispose: vscode.Event<void> },
  ): void {
    const page = new ConnectedPage(webview, surface);
    this.pages.add(page);
    webview.onDidReceiveMessage((message: PageMessage) => {
      this.receive(message, page);
      if (message.type !== 'ready') return;
      page.isReady = true;
      for (const waiting of this.early.splice(0)) page.post(waiting);
    });
    owner.onDidDispose(() => this.pages.delete(page));
    const folder = vscode.Uri.joinPath(this.extensionUri, 'dist');
    webview.options = { enableScripts: true, localResourceRoots: [folder] };
    const uri = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    webview.html = pageHtml({ source: webview.cspSource, script: uri('ask.js'), style: uri('ask.css') });
  }
}

class ConnectedPage implements Page {
  /** A page that is shown anew begins again with `ready`. */
  isReady = false;

  constructor(
    private readonly webview: vscode.Webview,
    readonly surface: Surface,
  ) {}

  post(message: HostMessage): void {
    void this.webview.postMessage(message);
  }
}
