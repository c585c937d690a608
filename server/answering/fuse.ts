import { join } from 'node:path';
import { failure } from '../errors';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import { fuseByWeights, problemOfWeights, type FusedBlocks } from '../landmark/blockProbability';
import { fuseByRank } from '../landmark/fusion';
import { reservePlaces } from '../landmark/reserve';
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
  const fused = fuseByWeights(fusion, { ...arms, lexical: index.lexical, files: index.blockFiles });
  reservePlaces(fused.scores, arms.landmarkScores);
  return fused;
}
