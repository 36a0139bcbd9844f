"""How well do the rules of misuse find what they are for, and how much do they ask of those who look?

`python -m bench.misuse [--seed N] [--usual N]` makes the corpus (`bench/misuse_corpus.py`), lets the rules see it, and
prints the table of docs/misuse.md. An alert is right when an exchange of it is of a case of misuse of whatever kind; a
case is found by a rule when an alert of that rule has an exchange of it.
"""

import argparse
import time
from collections import Counter, defaultdict

from bench.misuse_corpus import DAYS, LEARNT, LIMITS, MEANT_FOR, ZONE, Attack, Corpus, day_of
from security.misuse.findings import Finding, Rule
from security.misuse.memory import Memory
from security.misuse.watch import Listed, Watch

_AT_ONCE = 1_000


def main() -> None:
    """Make, watch, and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=2)
    options.add_argument("--usual", type=int, default=1_000_000)
    options.add_argument("--wrong", default="", help="print the alerts of this rule that are wrong")
    told = options.parse_args()
    corpus = Corpus(told.seed, told.usual)
    found: dict[str, Finding] = {}
    watch = Watch(LIMITS, Memory(), zone=ZONE, listed=Listed(corpus.flagged, corpus.officers))
    events, began, seconds, some = 0, time.process_time(), 0.0, []
    for event in corpus.events():
        events += 1
        some.append(event)
        if len(some) == _AT_ONCE:
            began = time.process_time()
            found |= watch.see(some)
            seconds += time.process_time() - began
            some = []
    found |= watch.see(some)
    late = [one for one in found.values() if day_of(one.last_us) >= LEARNT]
    print(
        f"seed {told.seed}: {events:,} events of {DAYS} days, {events / max(seconds, 0.001):,.0f} a second of processor"
    )
    print(f"{len(late)} alerts of the {DAYS - LEARNT} days after {LEARNT} of learning")
    _print_rules(corpus, late)
    _print_attacks(corpus, late)
    if told.wrong:
        bad = {exchange for label in corpus.labels for exchange in label.exchanges}
        for one in late:
            if one.rule.value == told.wrong and bad.isdisjoint(one.exchanges):
                print(one.key, one.measure, one.limit, one.total, one.explained, one.facts)


def _print_rules(corpus: Corpus, late: list[Finding]) -> None:
    bad = {exchange for label in corpus.labels for exchange in label.exchanges}
    kinds: defaultdict[Rule, list[Attack]] = defaultdict(list)
    for kind, rule in MEANT_FOR.items():
        kinds[rule].append(kind)
    alerts = Counter(one.rule for one in late)
    right = Counter(one.rule for one in late if not bad.isdisjoint(one.exchanges))
    print(
        "\n| Rule | Alerts | Right | Precision | Cases it is for | Found | Recall | Alerts a day |"
        "\n|---|---|---|---|---|---|---|---|"
    )
    for rule in Rule:
        meant = [label for label in corpus.labels if label.kind in kinds[rule]]
        hit = {exchange for one in late if one.rule is rule for exchange in one.exchanges}
        got = sum(not label.exchanges.isdisjoint(hit) for label in meant)
        if not meant and not alerts[rule]:
            continue
        precision = f"{right[rule] / alerts[rule]:.2f}" if alerts[rule] else "–"
        recall = f"{got / len(meant):.2f}" if meant else "–"
        a_day = alerts[rule] / (DAYS - LEARNT)
        print(
            f"| {rule} | {alerts[rule]} | {right[rule]} | {precision} | {len(meant)} | {got} | {recall} | {a_day:.1f} |"
        )
    whole, good = sum(alerts.values()), sum(right.values())
    hit = {exchange for one in late for exchange in one.exchanges}
    got = sum(not label.exchanges.isdisjoint(hit) for label in corpus.labels)
    print(
        f"| all | {whole} | {good} | {good / max(whole, 1):.2f} | {len(corpus.labels)} | {got} "
        f"| {got / len(corpus.labels):.2f} | {whole / (DAYS - LEARNT):.1f} |"
    )


def _print_attacks(corpus: Corpus, late: list[Finding]) -> None:
    print("\n| Misuse | Cases | Found by its rule | By any |\n|---|---|---|---|")
    for kind in Attack:
        labels = [label for label in corpus.labels if label.kind is kind]
        own = {exchange for one in late if one.rule is MEANT_FOR[kind] for exchange in one.exchanges}
        anyone = {exchange for one in late for exchange in one.exchanges}
        got = [sum(not label.exchanges.isdisjoint(hit) for label in labels) for hit in (own, anyone)]
        print(f"| {kind} | {len(labels)} | {got[0]} | {got[1]} |")


if __name__ == "__main__":
    main()
