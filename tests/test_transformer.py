"""The masked transformer and the decoding loop, on a small network."""

from dataclasses import replace

import pytest
import torch

from engine.sampling import SamplingSettings, sample
from engine.transformer import MaskedTransformer, TransformerConfig

CONFIG = TransformerConfig(codes=16, code_width=8, width=24, layers=2, heads=2, feed_forward=32, text_width=12)
SETTINGS = SamplingSettings(steps=6, top_k=0.5)


@pytest.fixture(scope="module")
def transformer():
    torch.manual_seed(0)
    model = MaskedTransformer(CONFIG)
    for parameter in model.parameters():  # as after training: the start is the identity, which tells nothing
        torch.nn.init.normal_(parameter, std=0.2)
    return model.eval().requires_grad_(False)


def text(batch: int = 1) -> torch.Tensor:
    return torch.randn(batch, 12, generator=generator(5))


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_lengths_in_a_batch_equal_clips_alone(transformer):
    lengths, longest = torch.tensor([7, 4, 1]), 7
    ids = torch.randint(CONFIG.codes, (3, 10, longest), generator=generator(0))
    ids[torch.arange(longest).expand(3, 10, -1) >= lengths[:, None, None]] = CONFIG.pad_id
    modulation = transformer.condition(text(3))
    together = transformer(ids.flatten(1), modulation, lengths).view(3, 10, longest, -1)
    for row, length in enumerate(lengths):
        alone = transformer(ids[row, :, :length].flatten()[None], modulation[row : row + 1])
        torch.testing.assert_close(together[row, :, :length].flatten(0, 1), alone[0])


def test_full_lengths_equal_no_lengths(transformer):
    ids, modulation = torch.randint(CONFIG.codes, (2, 60)), transformer.condition(text(2))
    assert torch.equal(transformer(ids, modulation, torch.tensor([6, 6])), transformer(ids, modulation))


def test_conditioning_is_per_clip_and_reusable(transformer):
    both = transformer.condition(text(2))
    assert both.shape == (2, 20 * CONFIG.layers + 2, CONFIG.width)
    torch.testing.assert_close(both[1:], transformer.condition(text(2)[1:]))
    ids = torch.randint(CONFIG.codes, (2, 60))
    torch.testing.assert_close(transformer(ids, both)[1:], transformer(ids[1:], transformer.condition(text(2)[1:])))
    assert not torch.allclose(transformer(ids[:1], both[:1]), transformer(ids[:1], both[1:]))


def test_text_layers_and_nothing_said():
    torch.manual_seed(0)
    sizes = dict(codes=16, code_width=8, width=24, layers=1, heads=2, feed_forward=32, text_width=16)
    model = MaskedTransformer(TransformerConfig(**sizes, text_layers=2)).eval()
    torch.nn.init.normal_(model.output_modulation.weight)
    torch.nn.init.normal_(model.text_projection.bias)
    words = torch.randn(2, 7, 16)
    modulation = model.condition(words * torch.tensor([1.0, 0.0])[:, None, None])
    torch.testing.assert_close(modulation[0], model.condition(words)[0])
    nothing = model.output_modulation(torch.nn.functional.silu(model.text_projection.bias))
    torch.testing.assert_close(modulation[1, -2:].flatten(), nothing)


def test_a_sentence_reader_gives_probabilities_and_nothing_is_said_without_it():
    torch.manual_seed(0)
    sizes = dict(codes=16, code_width=8, width=24, layers=1, heads=2, feed_forward=32, text_width=16)
    model = MaskedTransformer(TransformerConfig(**sizes, reads=(3, 2))).eval()
    torch.nn.init.normal_(model.output_modulation.weight)
    sentences = torch.randn(2, 16)
    read = model.text_head(sentences)
    for group in read.split((3, 2), dim=1):
        torch.testing.assert_close(group.sum(dim=1), torch.ones(2))
    modulation = model.condition(sentences * torch.tensor([[1.0], [0.0]]))
    torch.testing.assert_close(modulation[0], model.condition(sentences)[0])
    nothing = model.output_modulation(torch.nn.functional.silu(model.text_projection.bias))
    torch.testing.assert_close(modulation[1, -2:].flatten(), nothing)


def test_a_new_network_starts_as_the_identity_and_learns():
    torch.manual_seed(0)
    model = MaskedTransformer(CONFIG)
    assert not model.condition(text()).any()
    ids, target = torch.full((2, 40), CONFIG.mask_id), torch.randint(CONFIG.codes, (2, 40))
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(30):
        logits = model(ids, model.condition(text(2)), torch.tensor([4, 4]))
        losses.append(torch.nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten()))
        optimiser.zero_grad()
        losses[-1].backward()
        optimiser.step()
    assert losses[-1] < losses[0] - 0.2


def test_training_after_sampling_may_share_the_position_table():
    torch.manual_seed(0)
    model = MaskedTransformer(CONFIG)
    with torch.inference_mode():
        model(torch.zeros(1, 90, dtype=torch.long), model.condition(text()))
    model(torch.zeros(1, 90, dtype=torch.long), model.condition(text())).sum().backward()


def test_the_same_seed_gives_the_same_tokens(transformer):
    first, again, other = (sample(transformer, text(), torch.tensor([6]), SETTINGS, [seed]) for seed in (1, 1, 2))
    assert first.shape == (1, 60) and 0 <= first.min() and first.max() < CONFIG.codes
    assert torch.equal(first, again) and not torch.equal(first, other)


@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, choice_temperature=2.0)])
def test_a_seed_gives_the_same_tokens_in_any_batch(transformer, settings):
    words, lengths = text(3), torch.tensor([6, 6, 6])
    together = sample(transformer, words, lengths, settings, [4, 5, 6])
    alone = [sample(transformer, words[n, None], lengths[:1], settings, [seed]) for n, seed in enumerate((4, 5, 6))]
    assert torch.equal(together, torch.cat(alone))


def test_lengths_are_padded(transformer):
    ids = sample(transformer, text(2), torch.tensor([3, 6]), SETTINGS, [0, 1]).view(2, 10, 6)
    assert (ids[0, :, 3:] == -1).all()
    assert (ids[0, :, :3] >= 0).all() and (ids[1] >= 0).all()


def test_the_last_guess_is_among_the_codes_kept(transformer):
    one_code = SamplingSettings(steps=4, top_k=1e-4)
    ids = [sample(transformer, text(), torch.tensor([6]), one_code, [seed]) for seed in range(2)]
    assert torch.equal(*ids)


def test_chance_can_be_in_which_guesses_stay(transformer):
    one_code = SamplingSettings(steps=6, top_k=1e-4, choice_temperature=2.0)
    ids = [sample(transformer, text(), torch.tensor([6]), one_code, [seed]) for seed in (1, 1, 2)]
    assert torch.equal(*ids[:2]) and not torch.equal(*ids[1:])


def test_given_tokens_never_change(transformer):
    given = torch.full((2, 60), CONFIG.mask_id)
    given[0, :30] = torch.arange(30) % CONFIG.codes  # a reaction
    given[1, ::3] = 7  # an in-between
    ids = sample(transformer, text(2), torch.tensor([6, 6]), SETTINGS, [0, 1], given=given)
    fixed = given != CONFIG.mask_id
    assert torch.equal(ids[fixed], given[fixed])
    assert ids.min() >= 0 and ids.max() < CONFIG.codes


def test_everything_given_comes_back(transformer):
    given = torch.randint(CONFIG.codes, (1, 60))
    assert torch.equal(sample(transformer, text(), torch.tensor([6]), SETTINGS, [0], given=given), given)


@pytest.mark.parametrize(("share", "steps"), [(0, 6), (30, 3), (58, 1)])
def test_steps_shrink_with_what_is_free(transformer, share, steps):
    given = torch.full((1, 60), CONFIG.mask_id)
    given[:, :share] = 1
    seen = []
    lengths = torch.tensor([6])
    sample(transformer, text(), lengths, SETTINGS, [0], given, lambda *step: seen.append(step))
    assert seen == [(step + 1, steps) for step in range(steps)]


def test_raising_in_on_step_cancels(transformer):
    class Stopped(Exception):
        pass

    seen = []

    def stop(step, steps):
        seen.append(step)
        if step == 2:
            raise Stopped

    with pytest.raises(Stopped):
        sample(transformer, text(), torch.tensor([6]), SETTINGS, [0], on_step=stop)
    assert seen == [1, 2]


def test_a_single_step_works(transformer):
    assert sample(transformer, text(), torch.tensor([2]), SamplingSettings(steps=1), [0]).min() >= 0


def test_attention_in_training_is_attention():
    """On the CPU training takes plain steps where generation takes the fused kernel."""
    torch.manual_seed(0)
    config = TransformerConfig(codes=16, code_width=8, width=24, layers=2, heads=2, feed_forward=32, dropout=0.0)
    network = MaskedTransformer(config)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    ids, modulation = torch.randint(16, (2, 60)), network.condition(torch.randn(2, config.text_width))
    lengths = torch.tensor([6, 4])
    valid = (torch.arange(6) < lengths[:, None]).repeat(1, 10)
    trained = network.train()(ids, modulation, lengths)[valid]
    used = network.eval()(ids, modulation, lengths)[valid]
    torch.testing.assert_close(used, trained, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("apart", [False, True])
def test_people_are_told_apart_only_if_asked(apart):
    torch.manual_seed(0)
    model = MaskedTransformer(replace(CONFIG, tells_people_apart=apart))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    ids = torch.randint(CONFIG.codes, (1, 2, 20), generator=generator(3))
    modulation = model.eval().condition(text())
    with torch.no_grad():
        as_is, swapped = (model(pair.flatten(1), modulation).view(2, 20, -1) for pair in (ids, ids.flip(1)))
    assert torch.allclose(as_is, swapped.flip(0), atol=1e-4) != apart
