"""Fixture of fusion: a small workspace, its features, the order and the probabilities that the TypeScript must give.

    python -m landmark_training.oracle.fusion
"""

from __future__ import annotations

import json

import numpy as np

from ..fusion_features import FEATURES, RANK_OFFSET, candidates_of, order_of, workspace_of
from ..fusion_fit import Fusion, log_sum_of
from .texts import REPOSITORY

TARGET = REPOSITORY / "test/unit/fixtures/fusion.json"
SEED = 7
CANDIDATES_PER_ARM = 4  # so few that some blocks with evidence are no candidates
BLOCKS = (
    ("src/sessionStore.ts", "export class SessionStore { private readonly sessions = new Map<string, Session>();"),
    ("src/sessionStore.ts", "  expire(now: number): void { for (const [id, session] of this.sessions) if (session.endsAt < now) this.sessions.delete(id); }"),
    ("src/sessionStore.ts", "  open(user: User): Session { return this.sessions.get(user.id) ?? this.create(user); }"),
    ("src/sessionStore.ts", "}"),
    ("src/cookies.ts", "export function signCookie(value: string, secret: string): string { return hmac(secret, value); }"),
    ("src/cookies.ts", "export function readCookie(header: string): string | undefined { return parse(header).session_id; }"),
    ("test/sessionStore.test.ts", "test('an expired session is deleted', () => { store.expire(later); expect(store.open(user)).not.toBe(session); });"),
    ("docs/sessions.md", "A session ends after an hour. The store deletes an expired session when it is next asked for."),
    ("src/main.ts", "setInterval(() => store.expire(Date.now()), minute);"),
    ("src/empty.ts", "export {};"),
)
QUESTIONS = (
    "How are expired sessions deleted from the store?",
    "signCookie",
    "Which test covers an expired session?",
    "Why?",
    "zebra crossing",
)


def rounded(values: np.ndarray) -> list:
    return np.round(values, 9).tolist()


def main() -> None:
    rng = np.random.default_rng(SEED)
    workspace = workspace_of([path for path, _ in BLOCKS], [text for _, text in BLOCKS])
    weights = np.round(rng.uniform(0, 2, len(FEATURES)) * np.where(np.array(FEATURES) == "aside", -1, 1), 3)
    fusion = Fusion(weights, slope=0.9, contest=-0.8, bias=0.1)
    cases = []
    for number, question in enumerate(QUESTIONS):
        landmark = np.round(rng.normal(0.3, 0.1, len(BLOCKS)), 4).astype(np.float32)
        landmark[rng.permutation(len(BLOCKS))[: (0, 2, 0, len(BLOCKS), 1)[number]]] = np.nan
        found = candidates_of(workspace, question, landmark, CANDIDATES_PER_ARM)
        scores = fusion.scores(found.features)
        cases.append({
            "question": question, "landmark": [None if np.isnan(score) else float(score) for score in landmark],
            "candidates": found.blocks.tolist(), "features": rounded(found.features),
            "probabilities": rounded(fusion.probabilities(scores)), "evidence": round(log_sum_of(scores), 9), "order": order_of(found, scores).tolist()})
    content = {"features": list(FEATURES), "rankOffset": RANK_OFFSET,
               "blocks": [{"path": path, "text": text} for path, text in BLOCKS],
               "fusion": {"candidatesPerArm": CANDIDATES_PER_ARM, "weights": dict(zip(FEATURES, weights.tolist())),
                          "slope": fusion.slope, "contest": fusion.contest, "bias": fusion.bias},
               "cases": cases}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
