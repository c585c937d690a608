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
    lines = [f"# Landmarks for {training['base']}", "",
             f"Seed {training['seed']}: {training['steps']:,} steps in {training['minutes']} minutes "
             f"({training['secondsPerStep']} seconds a step, up to epoch {training['epochs']}) over {training['textTokens']:,} tokens of "
             f"{training['projects']} packages, whose text states were computed once.", *mixed_lines(training), "", "## Training data",
             *counts("windows", training["windows"]), *counts("pairs", training["pairsByKind"]),
             *(counts("language", training["pairsByLanguage"]) if set(training["pairsByLanguage"]) != {""} else ())]
    for title, arms in figures.items():
        first = next(iter(arms.values()))
        lines += ["", f"## Held-out packages: {title}", "",
                  f"{first['questions']} questions over {first['blocks']:,} blocks of packages never trained on"
                  + (f"; means of {first['draws']} draws." if "draws" in first else ".") + " In brackets: 95 % by bootstrap over questions.",
                  "", "| arm | R@1 | R@5 | R@10 | MRR |", "|---|---|---|---|---|",
                  *(f"| {name} | {recall_cells(arm)} |" for name, arm in arms.items())]
    lines += ["", "BM25 and MiniLM see a block's text alone; a landmark also sees the path and what stands above it.", "",
              "## Calibration", "",
              f"Cite from {calibration['citeThreshold']}: precision {calibration['citePrecision']}, recall "
              f"{calibration['citeRecall']}, against {calibration['citeRandomBlocks']} random blocks of the same project.", "",
              "| best score | questions | best block right |", "|---|---|---|"]
    lines += [f"| {row['from']} to {row['to']} | {row['questions']} | {row['right']} |" for row in calibration["reliability"]]
    if "fusion" in calibration:
        lines += ["", *answerable_as_markdown(calibration), "", *fusion_as_markdown(calibration["fusion"])]
    return "\n".join(lines) + "\n"


def mixed_lines(training: dict) -> list[str]:
    mixed = training.get("mixed")
    if not mixed:
        return []
    runs = len(mixed["after"]) if isinstance(mixed["after"], list) else 1  # files of before several could be mixed name one
    cameOut = "what came out" if runs == 1 else f"the mean of what came out of {runs} runs"
    return ["", f"Trained on from landmarks of {mixed['before']} steps; what is measured lies {mixed['share']:g} of the "
            f"way from those to {cameOut} (`landmark_training.mix`)."]


def answerable_as_markdown(fitted: dict) -> list[str]:
    answerable = fitted["answerable"]
    rows = {"others": "of another package", "withoutFiles": "of its own package without the files of the answer"}
    return ["## Is there an answer?", "",
            f"A question has an answer with probability sigmoid({answerable['landmark']} * best landmark score + "
            f"{answerable['evidence']} * evidence + {answerable['bias']}); evidence is log sum exp of the candidates' fused scores. "
            f"Abstain under {answerable['atLeast']}: {fitted['answeredWherePresent']} of the questions with an answer pass. Told apart "
            "from them (area under the curve, each package by a fit on the others), and withheld:", "",
            "| asked | both | landmark alone | evidence alone | withheld |", "|---|---|---|---|---|",
            *(f"| {title} | {fitted['separation'][name]['both']} | {fitted['separation'][name]['landmark']} "
              f"| {fitted['separation'][name]['evidence']} | {fitted['withheldOfOthers' if name == 'others' else 'withheldWithoutFiles']} |"
              for name, title in rows.items())]


def fusion_as_markdown(fusion: dict) -> list[str]:
    measuredOn, ranks = fusion["measuredOn"], fusion["fittedReciprocalRanks"]
    lines = ["## Fusion of landmarks and words", "",
             f"{measuredOn['questions']} questions on whole files of {len(measuredOn['projects'])} packages that nothing was trained on, "
             f"each package a workspace of its own ({measuredOn['blocks']:,} blocks in all); kinds of questions weigh alike. Fitted arms are "
             "measured on the package that was left out of their fit.", "",
             "| arm | R@1 | R@5 | R@10 | MRR | file@1 | file@5 | within 60 lines | 150 lines |", "|---|---|---|---|---|---|---|---|---|"]
    names = ("recallAt1", "recallAt5", "recallAt10", "meanReciprocalRank", "fileAt1", "fileAt5", "within60Lines", "within150Lines")
    lines += [f"| {arm} | " + " | ".join(f"{figures[name]:.3f}" for name in names) + " |" for arm, figures in fusion["crossValidated"].items()]
    lines += ["", f"A gold block is among the candidates (the best {fusion['candidatesPerArm']} of each arm) for "
              f"{measuredOn['goldAmongCandidates']:.3f} of the questions. Fitted reciprocal ranks: {ranks['landmarkShare']} / "
              f"({ranks['landmarkOffset']} + landmark rank) + {round(1 - ranks['landmarkShare'], 2)} / ({ranks['wordsOffset']} + words rank).",
              "", "| feature | weight |", "|---|---|", *(f"| {name} | {weight:.4f} |" for name, weight in fusion["weights"].items()), "",
              f"A block holds the answer with probability sigmoid({fusion['slope']:.3f} * score + {fusion['contest']:.3f} * log sum exp of the "
              f"candidates' scores + {fusion['bias']:.3f}). On packages left out, what was said and what held differ by "
              f"{fusion['calibrationError']} in the mean over all candidates.", "",
              "| probability | blocks | said | held |", "|---|---|---|---|"]
    return lines + [f"| {row['from']:.1f} to {row['to']:.1f} | {row['blocks']:,} | " +
                    (f"{row['said']:.3f} | {row['held']:.3f} |" if row["blocks"] else "| |") for row in fusion["reliability"]]


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
