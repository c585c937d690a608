"""The contrastive loss: questions and the landmarks of the blocks that answer them are drawn together.

It sees vectors, masks and targets; it does not know where they come from.
Shapes: Q questions, N blocks, R numbers of a key.
"""

import torch
import torch.nn.functional as F

TEMPERATURE = 0.03
REVERSE_SHARE = 0.5
NEVER = -1e9  # a score that takes no part in a softmax


def contrastive_loss(queries: torch.Tensor, keys: torch.Tensor, gold: torch.Tensor, neither: torch.Tensor,
                     targets: torch.Tensor | None = None, teacherShare: float = 0.0,
                     temperature: float = TEMPERATURE) -> tuple[torch.Tensor, float]:
    """queries [Q,R], keys [N,R], gold and neither [Q,N] bool -> (loss, share of right first places).

    Forward, from a question to blocks: multi-positive InfoNCE, mixed with the cross-entropy to targets [Q,N], a
    distribution over blocks. Backward, from a question's best gold block to the questions: other questions that
    have this block as gold take no part, nor do blocks that are neither gold nor wrong.
    """
    scores = (queries @ keys.T / temperature).masked_fill(neither, NEVER)  # [Q,N]
    everything = scores.logsumexp(1)  # [Q]
    positives = scores.masked_fill(~gold, NEVER)
    toBlock = everything - positives.logsumexp(1)
    if targets is not None:
        taught = everything - (targets * scores.masked_fill(neither, 0)).sum(1)
        toBlock = (1 - teacherShare) * toBlock + teacherShare * taught
    best = positives.argmax(1)  # [Q]
    back = scores[:, best].T  # [Q (gold block of), Q (question)]
    twin = gold[:, best].T & ~torch.eye(len(best), dtype=torch.bool)
    toQuestion = F.cross_entropy(back.masked_fill(twin, NEVER), torch.arange(len(best)))
    right = gold.gather(1, scores.argmax(1, keepdim=True)).float().mean().item()
    return toBlock.mean() + REVERSE_SHARE * toQuestion, right
