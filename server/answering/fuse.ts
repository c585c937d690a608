import { join } from 'node:path';
import { failure } from '../errors';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import type { BlockFiles } from '../landmark/blockEvidence';
import { fuseByWeights, problemOfWeights, type FusedBlocks } from '../landmark/blockProbability';
import { fuseByRank } from '../landmark/fusion';
import type { ModelPackage } from '../model/manifest';

interface ScoredByArms {
  question: string;
  landmarkScores: Float32Array;
  lexicalScores: Float32Array;
}

/** Both arms as one ranking: by the package's weights, or by reciprocal ranks where it has none. */
export function fuse(
  index: WorkspaceIndex,
  { folder, manifest }: ModelPackage,
  arms: ScoredByArms,
): Pick<FusedBlocks, 'scores'> & Partial<FusedBlocks> {
  const { fusion } = manifest.thresholds;
  if (!fusion) return { scores: fuseByRank([arms.landmarkScores, arms.lexicalScores]) };
  const problem = problemOfWeights(fusion);
  if (problem !== undefined) throw failure.modelCorrupt(join(folder, 'manifest.json'), problem);
  return fuseByWeights(fusion, { ...arms, lexical: index.lexical, files: blockFiles(index) });
}

/** Blocks and windows are numbered in file order, so a new file begins where a window has another than the last. */
function blockFiles(index: WorkspaceIndex): BlockFiles {
  const ofBlock = new Int32Array(index.blockCount);
  const paths: string[] = [];
  let firstBlock = 0;
  for (const { blocks } of index.windows) {
    if (blocks.length === 0) continue;
    const { path } = index.place(firstBlock).file;
    if (paths.at(-1) !== path) paths.push(path);
    ofBlock.fill(paths.length - 1, firstBlock, firstBlock + blocks.length);
    firstBlock += blocks.length;
  }
  return { ofBlock, paths };
}
