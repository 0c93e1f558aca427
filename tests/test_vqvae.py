"""The VQ-VAE: shapes, how the codebook learns, and the two ways its graph layers mix."""

import pytest
import torch

from engine.vqvae import STATISTICS, VQVAE, GraphLayer, Quantiser, VQVAEConfig, gumbel_noise


def small(layout: str = "interhuman", **changes) -> VQVAE:
    return VQVAE(VQVAEConfig(layout, codes=32, code_width=8, width=16, **changes))


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.mark.parametrize(("layout", "row"), [("interhuman", (262,)), ("interx", (56, 6))])
@pytest.mark.parametrize("frames", [16, 20])
def test_shapes(layout, row, frames):
    model = small(layout)
    motion = torch.randn(2, frames, *row)
    reconstruction, commitment_loss, choice = model(motion)
    assert reconstruction.shape == motion.shape and commitment_loss.ndim == 0
    assert choice.vectors.shape == (10 * frames // 4, 8) and choice.ids.shape == (10 * frames // 4,)
    ids = model.eval().encode(motion)
    assert ids.shape == (2, 5 * frames // 4)
    assert model.decode(ids).shape == motion.shape


def test_the_reconstruction_of_evaluation_is_encode_and_decode():
    model = small()
    motion = torch.randn(2, 16, 262)
    model(motion)
    model.eval()
    torch.testing.assert_close(model(motion)[0], model.decode(model.encode(motion)))


def test_contacts_come_back_as_zeros():
    model = small()
    assert not model(torch.randn(1, 16, 262))[0][..., 258:].any()


def test_tokens_run_slot_by_slot():
    model = small().eval()
    model.quantiser.start(torch.randn(32, 8))
    features = model.quantiser.lookup(torch.arange(20).view(1, 5, 4))
    assert model.quantiser.nearest(features).flatten().tolist() == list(range(20))


def test_graph_modes():
    layer = GraphLayer(3, 4, "published")
    everywhere = GraphLayer(3, 4, "every_frame")
    everywhere.load_state_dict(layer.state_dict())
    image = torch.randn(2, 3, 22, 6)
    alone = layer.from_self(image.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    torch.testing.assert_close(layer(image)[..., 1:], alone[..., 1:])
    torch.testing.assert_close(layer(image)[..., :1], everywhere(image)[..., :1])
    # A wrist (20) hears from its elbow (18) only.
    nudged = image.clone()
    nudged[:, :, 18] += 1.0
    moved = (everywhere(nudged) - everywhere(image)).abs().amax(dim=(0, 1, 3)) > 1e-6
    assert moved.nonzero().flatten().tolist() == [16, 18, 20]


def learn(quantiser: Quantiser, features: torch.Tensor, parts: int = 1, seed: int = 0) -> float:
    """One training step on features (B, width, 5, L), worked on in so many parts; the perplexity."""
    each, whole = features.shape[2] * features.shape[3], features.shape[0] * features.shape[2] * features.shape[3]
    noise = gumbel_noise((whole, len(quantiser.codebook)), torch.Generator().manual_seed(seed))
    first, total = 0, 0
    for part in features.tensor_split(parts):
        count = len(part) * each
        _, _, choice = quantiser(part, noise[first : first + count])
        candidates = quantiser.candidates(choice.vectors, first, whole, torch.Generator().manual_seed(seed))
        total = total + quantiser.statistics(choice, candidates)
        first += count
    return float(quantiser.move(total))


def test_candidates_are_the_first_vectors_of_the_batch():
    quantiser = Quantiser(codes=16, width=4)
    vectors = torch.randn(60, 4)
    candidates = quantiser.candidates(vectors, 0, 60, torch.Generator())
    torch.testing.assert_close(candidates, vectors[:16])


def test_few_vectors_are_repeated_with_noise():
    quantiser = Quantiser(codes=64, width=4)
    vectors = torch.randn(3, 4)
    candidates = quantiser.candidates(vectors, 0, 3, torch.Generator())
    assert candidates.shape == (64, 4)
    assert (candidates - vectors.repeat(22, 1)[:64]).abs().max() < 0.05
    assert len(candidates.unique(dim=0)) == 64


@pytest.mark.parametrize("samples", [3, 12])  # with less and with more vectors than codes
def test_the_codebook_moves_in_the_same_way_however_a_batch_is_divided(samples):
    features = torch.randn(samples, 4, 5, 2)
    books = []
    for parts in (1, 2, 3):
        torch.manual_seed(1)
        quantiser = Quantiser(codes=32, width=4)
        quantiser.start(torch.randn(32, 4))
        perplexity = [learn(quantiser, features, parts, seed) for seed in range(3)]
        books.append((quantiser.codebook, quantiser.counts, torch.tensor(perplexity)))
    for book in books[1:]:
        for whole, divided in zip(books[0], book, strict=True):
            torch.testing.assert_close(divided, whole, rtol=1e-5, atol=1e-6)


def test_running_means_and_dead_codes():
    quantiser = Quantiser(codes=2, width=1)
    quantiser.start(torch.tensor([[0.0], [100.0]]))
    learn(quantiser, torch.full((1, 1, 5, 1), 1.0))  # five vectors that all choose code 0
    assert quantiser.counts.tolist() == pytest.approx([0.99 + 0.05, 0.99])
    assert quantiser.sums.flatten().tolist() == pytest.approx([0.05, 99.0])
    # Code 0 is the mean of what chose it; code 1 fell under one and takes the batch's vector of its index.
    assert quantiser.codebook.flatten().tolist() == pytest.approx([0.05 / 1.04, 1.0])


def test_training_uses_many_codes():
    quantiser = Quantiser(codes=32, width=4)
    features = torch.randn(16, 4, 5, 8)
    quantiser.start(features.permute(0, 2, 3, 1).reshape(-1, 4)[:32])
    assert [learn(quantiser, features, seed=n) for n in range(20)][-1] > 16


def test_gradients_pass_straight_through():
    quantiser = Quantiser(codes=8, width=4)
    features = torch.randn(2, 4, 5, 2, requires_grad=True)
    codes, _, _ = quantiser(features)
    slope = torch.randn_like(codes)
    codes.backward(slope)
    torch.testing.assert_close(features.grad, slope)


def test_gradients_reach_every_weight():
    model = small()
    reconstruction, commitment_loss, _ = model(torch.randn(2, 16, 262))
    (reconstruction.square().mean() + commitment_loss).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_the_codebook_moves_only_when_told():
    model = small()
    motion = torch.randn(2, 16, 262)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model(motion + 1.0)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_resumed_training_goes_on_as_if_never_stopped():
    quantiser, resumed = Quantiser(codes=16, width=4), Quantiser(codes=16, width=4)
    features = torch.randn(4, 4, 5, 3)
    quantiser.start(torch.randn(16, 4))
    learn(quantiser, features)
    resumed.load_state_dict(quantiser.state_dict())
    for book in (quantiser, resumed):
        learn(book, features, seed=1)
    assert torch.equal(quantiser.codebook, resumed.codebook)


def test_weights_for_inference_leave_the_statistics_out():
    model, loaded = small(), small()
    motion = torch.randn(2, 16, 262)
    model(motion)
    weights = model.weights()
    assert not set(STATISTICS) & set(weights)
    loaded.load_weights(weights)
    assert torch.equal(loaded.eval().encode(motion), model.eval().encode(motion))
    assert loaded.quantiser.initialised


def test_half_precision_and_channels_last():
    model = small().to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        reconstruction, commitment_loss, _ = model(torch.randn(2, 16, 262))
    assert commitment_loss.dtype == torch.float32
    (reconstruction.float().square().mean() + commitment_loss).backward()
