"""Attention of landmarks over frozen text, with a gradient for the queries alone.

The forward pass is the fused one that the text stream uses. Its own backward pass would also compute gradients of
the text's keys and values, which nobody needs, and takes seven times as long.
It does not know what the queries are, nor that a landmark also sees itself: for that it hands out the logarithm of
the summed weights. Shapes: B windows, G kv heads, S queries, T text tokens, C head width.
"""

import math

import torch


class _TextAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, queries, keys, values, mask):
        mixed, weight = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(queries, keys, values, attn_mask=mask)
        ctx.save_for_backward(queries, keys, values, mask)
        return mixed, weight

    @staticmethod
    def backward(ctx, mixedGradient, weightGradient):
        queries, keys, values, mask = ctx.saved_tensors
        scale = 1 / math.sqrt(queries.shape[-1])
        # Scores of a hundred and more are coarse in bfloat16: shares taken from them and the forward pass's summed
        # weight would not add up to one, and the gradient would be noise. So they are normalized anew.
        shares = torch.matmul(queries, keys.transpose(-1, -2)).float().mul_(scale).add_(mask).softmax(-1)  # [B,G,S,T]
        change = torch.matmul(mixedGradient, values.transpose(-1, -2)).float()  # [B,G,S,T]
        level = (shares * change).sum(-1, keepdim=True) - weightGradient[..., None]  # [B,G,S,1]
        scoreGradient = change.sub_(level).mul_(shares).to(keys.dtype)
        return torch.matmul(scoreGradient, keys) * scale, None, None, None


def attend_to_text(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor,
                   mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """queries [B,G,S,C], keys and values [B,G,T,C], mask [B,1,S,T] added to the scores, all of one type ->
    what is read [B,G,S,C] and the logarithm of the summed weights [B,G,S] in float32."""
    return _TextAttention.apply(queries, keys, values, mask)
