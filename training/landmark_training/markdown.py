"""Figures to the pages under reports/: tables and the sentences around them. It measures nothing."""


def recall_cells(arm: dict) -> str:
    """R@1 with its interval, R@5, R@10 with its interval, MRR."""
    def with_interval(name: str) -> str:
        low, high = arm["intervals"][name]
        return f"{arm[name]:.3f} ({low:.3f} to {high:.3f})"

    return f"{with_interval('recallAt1')} | {arm['recallAt5']:.3f} | {with_interval('recallAt10')} | {arm['meanReciprocalRank']:.3f}"


def counts(title: str, table: dict[str, int]) -> list[str]:
    return ["", f"| {title} | count |", "|---|---|", *(f"| {name} | {count:,} |" for name, count in sorted(table.items()))]


def as_markdown(training: dict, figures: dict[str, dict], calibration: dict) -> str:
    answerable = calibration["answerable"]
    lines = ["# Landmarks for Qwen2.5-Coder-0.5B-Instruct", "",
             f"Seed {training['seed']}: {training['steps']:,} steps in {training['minutes']} minutes "
             f"({training['secondsPerStep']} seconds a step, {training['epochs']} epochs) over {training['textTokens']:,} tokens of "
             f"{training['projects']} packages, whose text states were computed once.", "", "## Training data",
             *counts("windows", training["windows"]), *counts("pairs", training["pairsByKind"]),
             *counts("language", training["pairsByLanguage"])]
    for title, arms in figures.items():
        first = next(iter(arms.values()))
        lines += ["", f"## Held-out packages: {title}", "",
                  f"{first['questions']} questions over {first['blocks']:,} blocks of packages never trained on"
                  + (f"; means of {first['draws']} draws." if "draws" in first else ".") + " In brackets: 95 % by bootstrap over questions.",
                  "", "| arm | R@1 | R@5 | R@10 | MRR |", "|---|---|---|---|---|",
                  *(f"| {name} | {recall_cells(arm)} |" for name, arm in arms.items())]
    lines += ["", "BM25 and MiniLM see a block's text alone; a landmark also sees the path and what stands above it.", "",
              "## Calibration", "",
              f"A question has an answer with probability sigmoid({answerable['landmark']} * best landmark score + "
              f"{answerable['words']} * best coverage by words + {answerable['bias']}), which tells "
              f"{calibration['separation']['both']} of pairs with and without apart (landmarks alone "
              f"{calibration['separation']['landmark']}, words alone {calibration['separation']['words']}). Abstain under "
              f"{answerable['atLeast']}: {calibration['answeredWherePresent']} of questions with an answer pass, "
              f"{calibration['withheldWhereAbsent']} of those without are withheld. (The best balanced accuracy is "
              f"{calibration['bestBalanced']['accuracy']}, at {calibration['bestBalanced']['threshold']}.)", "",
              f"Cite from {calibration['citeThreshold']}: precision {calibration['citePrecision']}, recall "
              f"{calibration['citeRecall']}, against {calibration['citeRandomBlocks']} random blocks of the same project.", "",
              "| best score | questions | best block right |", "|---|---|---|"]
    lines += [f"| {row['from']} to {row['to']} | {row['questions']} | {row['right']} |" for row in calibration["reliability"]]
    return "\n".join(lines) + "\n"


def _mean(rows: list[dict], name: str) -> float:
    return sum(row[name] for row in rows) / len(rows)


def _spread(rows: list[dict], name: str) -> str:
    """Mean over seeds, and the lowest and highest where there are several."""
    values = [row[name] for row in rows]
    return f"{_mean(rows, name):.3f}" + (f" ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else "")


def ablations_as_markdown(groups: list[tuple[str, str, list[dict]]]) -> str:
    """groups: (variant, what it changes, its figures, one for each seed)."""
    lines = ["# Ablations", "", "Each variant is trained for the same number of steps on the same text cache (but where its line says otherwise) "
             "and measured on the same held-out packages: pairs of windows of two blocks, and whole files in full windows.", "",
             "| variant | changed | layers run | steps, seeds | R@1 | R@5 | R@10 | 8-bit keys R@1 | files R@1 | files R@10 | seconds a step |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    for name, change, rows in groups:
        seeds = " ".join(str(row["seed"]) for row in rows)
        lines.append(f"| {name} | {change} | {rows[0]['layers']} | {rows[0]['steps']:,}, {seeds} | {_spread(rows, 'recallAt1')} "
                     f"| {_mean(rows, 'recallAt5'):.3f} | {_spread(rows, 'recallAt10')} | {_mean(rows, 'byteKeysRecallAt1'):.3f} "
                     f"| {_mean(rows, 'filesRecallAt1'):.3f} | {_mean(rows, 'filesRecallAt10'):.3f} | {_mean(rows, 'secondsPerStep'):.2f} |")
    return "\n".join(lines) + "\n"
