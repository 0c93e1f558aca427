"""The published InterMask checkpoints to a model directory of ours: checked, and as float32, so that none is lost."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from . import published
from .checkpoint import ModelConfig, check_finite, save_config
from .downloads import sha256_of
from .errors import EngineError
from .published_files import check_options, network_of, read_checkpoint, read_statistics
from .text import CLIP
from .weights_catalogue import SUMS, load_catalogue

VQVAE_KEYS, TRANSFORMER_KEYS = ("vq_model", "net"), ("t2m_transformer", "trans")
FRAMES = {"interhuman": (15, 300), "interx": (24, 150)}  # of the clips that were trained on
CATALOGUED = {"interhuman": "intermask-interhuman", "interx": "intermask-interx"}


def import_weights(vqvae: Path, transformer: Path, options: Path, statistics: Path | None, folder: Path) -> str:
    """Make the model directory `folder`, which must not be there yet. Returns what it is, in a sentence.

    vqvae, transformer: the published best_fid.tar of either network. options: the folder of their opt.txt files.
    statistics: the folder of InterHuman's global_mean.npy and global_std.npy; Inter-X has none.
    Raises EngineError, and leaves nothing behind, if a file is not what it should be.
    """
    if folder.exists():
        raise EngineError(f"{folder} is there already: choose another name, or remove that model first.")
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)  # of an import that was cut off
        partial.mkdir(parents=True)
        told = _fill(partial, folder.name, vqvae, transformer, options, statistics)
        partial.rename(folder)
    except (OSError, SafetensorError) as error:
        raise EngineError(f"{folder} could not be written ({error}): free some space, or choose another.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return told


def import_release(release: Path, models: Path) -> str:
    """`import_weights` of what lies anywhere in one folder, into a folder of models. Returns the model's name.

    Raises EngineError, also if anything is missing or there twice.
    """
    files = {}
    for file in sorted(release.rglob("*best_fid*.tar")):
        held = read_checkpoint(file)
        for network, keys in (("VQ-VAE", VQVAE_KEYS), ("transformer", TRANSFORMER_KEYS)):
            if any(key in held for key in keys):
                if network in files:
                    raise EngineError(
                        f"{release} holds two checkpoints of a {network}: choose the folder of one model."
                    )
                files[network] = file
    missing = " and ".join(network for network in ("VQ-VAE", "transformer") if network not in files)
    if missing:
        raise EngineError(f"There is no best_fid.tar of the {missing} in {release}: choose the folder that holds both.")
    vqvae = network_of(read_checkpoint(files["VQ-VAE"]), VQVAE_KEYS, "VQ-VAE", files["VQ-VAE"])
    name = CATALOGUED[published.vqvae_config(vqvae).layout]
    statistics = next((file.parent for file in sorted(release.rglob("global_mean.npy"))), None)
    if name == CATALOGUED["interx"]:
        statistics = None
    import_weights(files["VQ-VAE"], files["transformer"], release, statistics, models / name)
    return name


def _fill(folder: Path, name: str, vqvae: Path, transformer: Path, options: Path, statistics: Path | None) -> str:
    """Write all files of a model, one network after the other: only one is in memory at a time."""
    tensors = network_of(read_checkpoint(vqvae), VQVAE_KEYS, "VQ-VAE", vqvae)
    config = published.vqvae_config(tensors)
    compared = check_options(options, config.layout)
    catalogue, own = load_catalogue(), CATALOGUED[config.layout]
    if name in catalogue and name != own:
        raise EngineError(f'"{name}" is the name of another: these are files of {own}. Choose another name.')
    scale = _scale(config.layout, statistics)
    save_file(_checked(published.vqvae_state(tensors), vqvae) | scale, folder / "vqvae.safetensors")
    del tensors
    tensors = network_of(read_checkpoint(transformer), TRANSFORMER_KEYS, "transformer", transformer)
    save_file(_checked(published.transformer_state(tensors), transformer), folder / "transformer.safetensors")
    del tensors
    save_config(ModelConfig(name, "world", CLIP, *FRAMES[config.layout], config, published.TRANSFORMER_CONFIG), folder)
    for file in folder.glob("*.safetensors"):  # which are written for their owner's eyes alone
        shutil.copymode(folder / "config.json", file)
    entry = catalogue[own]
    sources = "\n".join(f"- {file.name}: SHA-256 {sha256_of(file)}" for file in (vqvae, transformer))
    card = f"# {entry.title}\n\nImported from the published checkpoints, {entry.page}\n\n{sources}\n\n{entry.terms}\n"
    (folder / "README.md").write_text(card, "utf-8")
    files = [file for file in sorted(folder.iterdir()) if file.suffix != ".md"]
    (folder / SUMS).write_text("".join(f"{sha256_of(file)}  {file.name}\n" for file in files), "utf-8")
    return (
        f"{entry.title}: names and shapes of all tensors fit, and {compared} values of opt.txt. {entry.terms.strip()}"
    )


def _scale(layout: str, statistics: Path | None) -> dict[str, Tensor]:
    """What the rows of a data set are scaled by."""
    if layout == "interx":
        if statistics:
            raise EngineError("This is a model of Inter-X, whose rows are not scaled: leave the statistics out.")
        return {}
    if not statistics:
        raise EngineError(
            "This is a model of InterHuman: name the folder of its statistics too, global_mean.npy and global_std.npy."
        )
    return read_statistics(statistics)


def _checked(tensors: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The tensors as they are to be stored; those that are float32 already stay mapped from their file."""
    check_finite(tensors, path)
    return {name: tensor.float().contiguous() for name, tensor in tensors.items()}
