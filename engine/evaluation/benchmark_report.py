"""The published scores of a model: 20 replications, each kept once it is done, as a table and as JSON."""

import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from ..datasets.pair_cache import open_cache
from ..errors import EngineError
from ..files import replacing
from ..pipeline import InterMask
from .benchmarks import open_benchmark
from .made_clips import ClipMaker
from .metrics import with_confidence
from .scores import MODEL, REAL, Figures, replicate
from .starter import weights_sum
from .tables import table

TITLES = {
    "R_top_1": "R-precision top 1", "R_top_2": "R-precision top 2", "R_top_3": "R-precision top 3", "FID": "FID",
    "MM_distance": "MM distance", "diversity": "diversity", "multimodality": "multimodality", "MPJPE_m": "MPJPE, m",
    "foot_slide_mm": "foot slide, mm a frame", "skating_ratio": "skating ratio",
    "penetration_mm": "penetration of bodies, mm", "joints_penetration_mm": "penetration of joints (12 cm), mm",
    "contact_share": "frames in touch, share", "jerk": "jerk, m/s³",
}  # fmt: skip
MADE = {"generate": "generated", "react": "reaction", "reconstruct": "reconstructed"}


def evaluate_on_benchmark(
    folder: Path, data: Path, evaluator: Path, out: Path, words: Path | None = None, mode: str = "generate",
    replications: int = 20, seed: int = 0, batch: int = 64, device: str = "auto",
) -> dict:  # fmt: skip
    """Score a model directory on the test clips of a prepared data set; scores.json and scores.md in `out`.

    words: the folder of the Inter-X evaluator's words. mode: see ClipMaker. batch: clips that are made at once.
    Replications that scores.json holds already are not made again. Returns what is in scores.json. Raises EngineError.
    """
    model = InterMask.load(folder, device)
    if model.model.config.vqvae.layout != open_cache(data).dataset:
        raise EngineError(f"{folder} is not a model of the data set in {data}: choose one that was trained on it.")
    benchmark = open_benchmark(data, evaluator, words, model.device)
    settings = _settings(model, folder, data, evaluator, mode, seed)
    report = _started(out / "scores.json", settings)
    report["R_batch"] = min(benchmark.batch, len(benchmark.clips))
    maker = ClipMaker(model, mode, batch)
    print(f"{benchmark.layout}, {len(benchmark.clips)} test clips, on {model.device}", file=sys.stderr)
    for number in range(len(report["replications"]), replications):
        done = replicate(benchmark, maker, [seed, number])
        report["replications"].append(asdict(done))
        _finish(report, out)
        speed = done.made / done.seconds
        print(f"Replication {number + 1} of {replications}: {done.made} clips, {speed:.3g} a second", file=sys.stderr)
    print(as_markdown(report))
    return report


def _settings(model: InterMask, folder: Path, data: Path, evaluator: Path, mode: str, seed: int) -> dict:
    """What a replication depends on."""
    config, notes = model.model.config, json.loads((data / "clips.json").read_text("utf-8"))
    weights = evaluator / "evaluator.safetensors" if evaluator.is_dir() else evaluator
    with open(weights, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "model": config.name, "weights": weights_sum(folder), "sampling": asdict(config.sampling), "mode": mode,
        "dataset": notes["dataset"], "files": notes["files"], "evaluator": digest, "seed": seed,
    }  # fmt: skip


def _started(path: Path, settings: dict) -> dict:
    """The report as far as it was made with the same settings."""
    if not path.exists():
        return {"settings": settings, "replications": []}
    try:
        report = json.loads(path.read_text("utf-8"))
        differ = [name for name in settings if report["settings"][name] != settings[name]]
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{path} is no report of scores ({error}): choose another folder with --out.") from error
    if differ:
        raise EngineError(f"{path} holds scores of another {' and '.join(differ)}: choose another folder with --out.")
    return report


def _finish(report: dict, out: Path) -> None:
    """Write the means over the replications so far."""
    done = report["replications"]
    report["scores"] = {source: _means([part["figures"][source] for part in done]) for source in (REAL, MODEL)}
    report["clips_per_second"] = sum(part["made"] for part in done) / sum(part["seconds"] for part in done)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (("scores.md", as_markdown(report)), ("scores.json", json.dumps(report, indent=2) + "\n")):
        with replacing(out / name) as partial:
            Path(partial).write_text(text, "utf-8")


def _means(replications: list[Figures]) -> dict[str, dict[str, float]]:
    found = {name: with_confidence([figures[name] for figures in replications]) for name in replications[0]}
    return {name: {"mean": mean, "confidence": confidence} for name, (mean, confidence) in found.items()}


def as_markdown(report: dict) -> str:
    """The table of a report: means over its replications with their 95 % confidence."""
    columns, settings = report["scores"], report["settings"]
    names = [name for name in TITLES if name in columns[MODEL]]
    rows = {TITLES[name]: [_cell(columns[source].get(name)) for source in (REAL, MODEL)] for name in names}
    scores = table("score", ["real", MADE[settings["mode"]]], rows)
    said = (
        f"{settings['model']} on {settings['dataset']}'s test clips",
        f"means of {len(report['replications'])} replications with 95 % confidence",
        f"R-precision in batches of {report['R_batch']}",
        f"{report['clips_per_second']:.3g} clips a second",
    )
    return f"{'; '.join(said)}.\n\n{scores}\n"


def _cell(figure: dict | None) -> str:
    return f"{figure['mean']:.3f} ± {figure['confidence']:.3f}" if figure else "–"
