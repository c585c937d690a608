import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TextModel } from '../../../server/model/modelHost';
import { readPackage } from '../../../server/model/manifest';
import { createTokenizer, type TokenizerJson } from '../../../server/text/tokenizer';
import { packageFolder } from '../../oracle/fixtures';

/** Tokenizer and layout of the toy package. */
export async function toyText(): Promise<TextModel> {
  const { folder, manifest, packageId } = await readPackage(packageFolder('toy-landmark'));
  const json = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as TokenizerJson;
  const tokenizer = createTokenizer(json);
  const { prefix, fileSeparator, blockTokens, windowTokens, pathTokens } = manifest.layout;
  return {
    tokenizer,
    layout: {
      packageId,
      prefixTokens: tokenizer.encodeMarkup(prefix),
      fileSeparatorToken: tokenizer.tokenId(fileSeparator)!,
      blockTokens,
      windowTokens,
      pathTokens,
    },
  };
}
