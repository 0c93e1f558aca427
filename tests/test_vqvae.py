"""The VQ-VAE: shapes, how the codebook learns, and the two ways its graph layers mix."""

import pytest
import torch

from engine.vqvae import STATISTICS, VQVAE, GraphLayer, Quantiser, VQVAEConfig


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
    reconstruction, commitment_loss, perplexity = model(motion)
    assert reconstruction.shape == motion.shape
    assert commitment_loss.ndim == perplexity.ndim == 0
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


def test_the_codebook_starts_at_the_first_vectors_and_moves():
    quantiser = Quantiser(codes=16, width=4)
    features = torch.randn(4, 4, 5, 3)
    vectors = features.permute(0, 2, 3, 1).reshape(-1, 4)
    quantiser.start = lambda codes, start=quantiser.start: (seen.append(codes), start(codes))
    seen = []
    quantiser(features)
    torch.testing.assert_close(seen[0], vectors[:16])
    before = quantiser.codebook.clone()
    quantiser(features + 1.0)
    assert len(seen) == 1 and quantiser.initialised
    assert not torch.equal(quantiser.codebook, before)


def test_few_vectors_are_repeated_with_noise():
    quantiser = Quantiser(codes=64, width=4)
    vectors = torch.randn(3, 4)
    candidates = quantiser._candidates(vectors)
    assert candidates.shape == (64, 4)
    assert (candidates - vectors.repeat(22, 1)[:64]).abs().max() < 0.05
    assert len(candidates.unique(dim=0)) == 64


def test_running_means_and_dead_codes():
    quantiser = Quantiser(codes=2, width=1)
    quantiser.start(torch.tensor([[0.0], [100.0]]))
    features = torch.full((1, 1, 5, 1), 1.0)  # five vectors that all choose code 0
    quantiser(features)
    assert quantiser.counts.tolist() == pytest.approx([0.99 + 0.05, 0.99])
    assert quantiser.sums.flatten().tolist() == pytest.approx([0.05, 99.0])
    # Code 0 is the mean of what chose it; code 1 fell under one and takes the batch's vector of its index.
    assert quantiser.codebook.flatten().tolist() == pytest.approx([0.05 / 1.04, 1.0])


def test_training_uses_many_codes():
    quantiser = Quantiser(codes=32, width=4)
    features = torch.randn(16, 4, 5, 8)
    perplexities = [float(quantiser(features)[2]) for _ in range(20)]
    assert perplexities[-1] > 16


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


def test_evaluation_leaves_the_codebook_alone():
    model = small()
    motion = torch.randn(2, 16, 262)
    model(motion)
    model.eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model(motion + 1.0)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_resumed_training_goes_on_as_if_never_stopped():
    model, resumed = small(dropout=0.0), small(dropout=0.0)
    motion = torch.randn(2, 16, 262)
    model(motion)
    resumed.load_state_dict(model.state_dict())
    books = []
    for network in (model, resumed):
        torch.manual_seed(1)
        network(motion)
        books.append(network.quantiser.codebook)
    assert torch.equal(*books)


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
