"""The planner: plans of scenes, what each person sees of them, and that what is given is kept."""

import numpy as np
import pytest
import torch

from engine import rotations as R
from engine.checkpoint import Model, ModelConfig, save_model
from engine.completion import InterHumanCompletion
from engine.datasets.choreography import choreograph
from engine.features import mirror_rows, motion_rows
from engine.names import exchanged, named
from engine.normaliser import Normaliser
from engine.path import keyframes, path_of
from engine.pipeline import InterMask
from engine.plan import (
    PER_PERSON,
    plan_of_rows,
    plan_of_state,
    planned_paths,
    plans_given,
    points,
    seen_by_each,
    state_known,
    state_of,
)
from engine.plan_view import View
from engine.planner import SHARPNESS, Planner, PlannerConfig, make_plan
from engine.reader import SentenceReader
from engine.sampling import SamplingSettings
from engine.skeleton import JOINT
from engine.text import MINILM, MINILM_READ_WIDTH
from engine.training.muon import Muon, orthogonal
from engine.training.planner import Draws, given_keyframes, set_view
from engine.transformer import MaskedTransformer, TransformerConfig
from engine.vqvae import VQVAE, VQVAEConfig

ENDS = ("pelvis", "head", "left_wrist", "right_wrist", "left_ankle", "right_ankle")


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.stack(motion_rows(choreograph("shake_hands", 3, 101).motion))


@pytest.fixture(scope="module")
def planner() -> Planner:
    torch.manual_seed(0)
    planner = Planner(PlannerConfig(24, 2, 2, 32, reads=(3, 2)))
    for weights in planner.parameters():
        torch.nn.init.normal_(weights, std=0.1)
    planner.mean.fill_(0.5)
    planner.std.fill_(0.2)
    set_view(planner, {"doer": ["", "A", "B"], "hand": ["left", "right"]})
    return planner.eval()


def test_a_plan_tells_where_ends_are_and_the_path(rows):
    plan = plan_of_rows(rows)
    joints = rows[..., :66].reshape(2, -1, 22, 3)[:, keyframes(100)][:, :, [JOINT[name] for name in ENDS]]
    assert np.allclose(points(torch.from_numpy(plan)).numpy(), joints.swapaxes(0, 1))
    assert np.allclose(planned_paths(plan, 100), path_of(rows))


def test_each_person_sees_themselves_first_wherever_the_scene_is(rows):
    plan = torch.from_numpy(plan_of_rows(rows)).float()[None]
    seen = seen_by_each(plan).unflatten(-1, (3, 2, PER_PERSON))
    now = seen[0, :, :, 1]
    assert torch.allclose(now[:, :, 0, [0, 2, 3]], torch.zeros(3), atol=1e-6) and (now[:, :, 0, 4] > 0.99).all()
    assert (now[:, :, 1, 2] > 0.4).all()  # the other is in front of both
    assert torch.allclose(seen[:, :, 1:, 0, 0, 1], seen[:, :, :-1, 1, 0, 1])  # the keyframe before comes first

    turn = R.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.array(0.7))
    people = plan.numpy().reshape(1, -1, 2, PER_PERSON).astype(np.float64)
    faces = np.stack([people[..., 3], 0 * people[..., 3], people[..., 4]], axis=-1)
    parts = [
        R.rotate(turn, part) for part in (people[..., :3], faces, people[..., 5:].reshape(*people.shape[:3], 5, 3))
    ]
    parts = [parts[0] + [1, 0, 2], parts[1][..., [0, 2]], parts[2].reshape(*people.shape[:3], 15)]
    moved = torch.from_numpy(np.concatenate(parts, axis=-1)).float().flatten(2)
    assert torch.allclose(seen_by_each(moved), seen_by_each(plan), atol=1e-5)


def test_a_plan_comes_back_from_its_state_and_what_is_given_stays(rows):
    plan = torch.from_numpy(plan_of_rows(rows)).float()[None]
    state, counts, known = state_of(plan), torch.tensor([13]), torch.zeros(1, 13, 2)
    assert torch.allclose(plan_of_state(state, counts, 0 * plan, known), plan, atol=1e-3)
    assert state_known(known).sum() == 0
    known[..., 0], known[:, :4, 1] = 1, 1
    fixed = known.repeat_interleave(PER_PERSON, dim=-1) > 0
    made = plan_of_state(state + 0.05 * torch.randn_like(state), counts, plan, known)
    assert torch.equal(made[fixed], plan[fixed]) and not torch.isclose(made[~fixed], plan[~fixed]).any()
    # Of B, who is known for a while, the step into the first unknown keyframe and the distance to A are not.
    assert state_known(known)[0].sum(-1).tolist() == [42.0] * 4 + [20.0] * 9


def test_a_scene_by_the_other_person_or_the_other_hand_is_the_same_one_set_view(planner):
    rows = torch.tensor([[0.0, 1, 0, 0, 1], [0, 0, 1, 0, 1], [0, 1, 0, 1, 0]])
    plans = make_plan(planner, rows, torch.tensor([9, 9, 9]), 2.0, [3, 3, 3])
    yes, no = torch.tensor([True]), torch.tensor([False])
    by_a, by_b, left = plans[:1], plans[1:2], plans[2:]
    first = View.from_person(by_a, 0, yes, no, no).enter(by_a)
    assert torch.allclose(View.from_person(by_b, 1, yes, yes, no).enter(by_b), first, atol=1e-4)
    assert torch.allclose(View.from_person(left, 0, no, no, yes).enter(left), by_a, atol=1e-4)
    assert by_b[0, 0, [0, 2, 3]].abs().max() < 1e-5 and by_b[0, 0, 4] > 0  # A is at the origin
    known = torch.zeros(2, 5, 2, dtype=torch.bool)
    known[0, ..., 0] = known[1, :2] = True  # a reaction to A, and a beginning
    made = make_plan(planner, rows[[1, 1]], torch.tensor([9, 9]), 2.0, [3, 3], by_b.expand(2, -1, -1), known)
    fixed = known.repeat_interleave(PER_PERSON, dim=-1)
    assert torch.equal(made[fixed], by_b.expand(2, -1, -1)[fixed]) and not torch.isclose(made, by_b)[~fixed].all()


def test_the_doer_is_the_other_one_when_the_people_are_exchanged(planner):
    text, otherwise = torch.randn(2, 4, MINILM_READ_WIDTH)
    otherwise[3] = 0  # names nobody
    alone, said = planner.text_head(text, SHARPNESS), planner.read(text, otherwise)
    back = planner.read(otherwise[:3], text[:3])
    share = said[:3, 1:3] / said[:3, 1:3].sum(dim=1, keepdim=True)
    assert torch.allclose(share.flip(1), back[:, 1:3] / back[:, 1:3].sum(dim=1, keepdim=True), atol=1e-5)
    assert torch.allclose(said[:, :3].sum(dim=1), torch.ones(4), atol=1e-5)
    assert torch.equal(said[:, [0, 3, 4]], alone[:, [0, 3, 4]]) and torch.equal(said[3], alone[3])
    assert planner.read(0 * text, 0 * text).eq(0).all()
    assert (said[3, 3:].max() > planner.text_head(text)[3, 3:].max()) and said[3, 3:].sum() > 0.999  # what is likely


def test_what_is_not_met_in_the_scene_that_is_read_is_ruled_out():
    torch.manual_seed(0)
    reader, rows = SentenceReader(8, (2, 3)), torch.randn(4, 8)
    anything = reader(rows)
    reader.fits.copy_(torch.tensor([[1.0, 0, 1, 1, 0], [0, 1, 0, 1, 1]]))
    torch.nn.init.constant_(reader.choices.bias[:1].detach(), 50.0)  # the first scene, for certain
    read = reader(rows)
    assert anything[:, 4].min() > 0.01 and read[:, 4].max() < 1e-6
    assert torch.allclose(read[:, 2] / read[:, 3], anything[:, 2] / anything[:, 3], rtol=1e-4)
    assert torch.allclose(read[:, 2:].sum(dim=1), torch.ones(4))


def test_people_are_told_apart_by_names_in_a_sentence():
    assert named("Person A pats person B's back.") == "Adam pats Ben's back."
    assert named("The second one, at first shy, follows the first.") == "Ben, at first shy, follows Adam."
    assert named("The second person takes the first step; the first waits.") == "Ben takes the first step; Adam waits."
    assert named("They meet for the first time; the second bows.").startswith("They meet for the first time")
    assert exchanged("PERSON 1 bows to Ben.") == "Ben bows to Adam." and exchanged("One person hugs another.") == ""


def test_a_view_is_left_as_it_was_entered(rows):
    plan = torch.from_numpy(plan_of_rows(rows)).float()[None]
    yes, no = torch.tensor([True]), torch.tensor([False])
    mirrored = torch.from_numpy(plan_of_rows(mirror_rows(rows))).float()[None]
    assert torch.allclose(View.from_person(plan, 0, no, no, yes).enter(plan), mirrored)
    view = View.from_person(plan, 1, yes, yes, yes)
    seen = view.enter(plan)
    assert torch.allclose(seen[0, 0, [0, 2, 3, 4]], torch.tensor([0.0, 0.0, 0.0, 1.0]), atol=1e-6)
    assert torch.allclose(view.leave(seen), plan, atol=1e-6)


def test_given_keyframes_come_back_and_seeds_mean_the_same_in_any_batch(planner):
    said, lengths = torch.rand(3, 5), torch.tensor([11, 6, 11])
    given, known = torch.randn(3, 6, 40), torch.zeros(3, 6, 2, dtype=torch.bool)
    known[0, :, 0] = known[1, :2] = True
    made = make_plan(planner, said, lengths, 1.5, [4, 5, 6], given, known)
    fixed = known.repeat_interleave(PER_PERSON, dim=-1)
    assert torch.allclose(made[fixed], given[fixed], atol=1e-5) and not torch.isclose(made[~fixed], given[~fixed]).any()
    alone = make_plan(planner, said[1:2], lengths[1:2], 1.5, [5], given[1:2, :3], known[1:2, :3])
    assert torch.allclose(alone[0], made[1, :3], atol=1e-4)
    other = make_plan(planner, said[2:], lengths[2:], 1.5, [7])
    assert (other - made[2:]).abs().max() > 1e-3


@pytest.fixture(scope="module")
def model(planner, tmp_path_factory) -> InterMask:
    """A model that plans and has learnt nothing, saved and loaded."""
    torch.manual_seed(0)
    vqvae = VQVAE(VQVAEConfig("interhuman", codes=64, code_width=16, width=16))
    vqvae.quantiser.start(torch.randn(64, 16))
    sizes = TransformerConfig(64, 16, 24, 1, 2, 32, 0.0, MINILM_READ_WIDTH, reads=(3, 2), plan_width=16)
    parts = {"vqvae": vqvae.config, "transformer": sizes, "planner": planner.config}
    config = ModelConfig("toy", "path", MINILM, 15, 300, **parts, sampling=SamplingSettings(steps=2))
    scale = Normaliser(np.zeros(262), np.full(262, 0.1), "path")
    folder = tmp_path_factory.mktemp("planned")
    save_model(Model(config, vqvae, MaskedTransformer(sizes), scale, planner), folder)
    return InterMask.load(folder, "cpu")


def test_a_saved_planner_plans_as_before(model, planner):
    text, lengths = torch.randn(2, 2, MINILM_READ_WIDTH), torch.tensor([6, 6])
    both = model.model.planner, planner
    again, before = (make_plan(each, each.read(*text), lengths, 2.0, [1, 2]) for each in both)
    assert torch.allclose(again, before, atol=2e-3)  # saved in half precision


def test_people_are_where_the_plan_says(model, planner):
    made = model.generate("They bow.", 2.0, seed=3)
    said = planner.read(model.encoder.encode(["They bow."]), torch.zeros(1, MINILM_READ_WIDTH))
    plan = make_plan(planner, said, torch.tensor([15]), 2.0, [3])[0].numpy()
    paths, roots = planned_paths(plan, 60), made.root_positions[..., [0, 2]]
    apart = paths[1, :, :2] - paths[0, :, :2]
    assert np.abs(roots[1] - roots[0] - apart).max() < 0.3  # what an untrained VQ-VAE puts on top


def test_a_given_person_keeps_their_path_also_in_long_motions(model):
    actor = choreograph("walk_around", 2, 400).motion
    reaction = model.react(actor, "They walk.", person="B")
    assert np.array_equal(reaction.root_positions[1], actor.root_positions[1]) and reaction.frames == 400
    whole = model.complete(actor, np.ones(400, dtype=bool))
    off = (whole.root_positions - actor.root_positions)[..., [0, 2]]
    assert np.linalg.norm(off, axis=-1).max() < 0.3


def test_what_is_known_of_a_clip_is_given_to_the_planner():
    motion = choreograph("high_five", 3, 61).motion
    keep = np.ones((2, motion.frames), dtype=bool)
    keep[1, 20:] = False
    clip = InterHumanCompletion(motion, keep, 300).clip()
    plans, known = plans_given([clip, clip])
    told = np.where(known[0].numpy().repeat(PER_PERSON, axis=-1), plan_of_rows(clip.rows), 0)
    assert plans.shape == (2, 8, 40) and np.allclose(plans[0], told, atol=1e-5)
    assert known[1, :, 0].all() and known[1, :, 1].tolist() == [True, True] + [False] * 6
    assert plans_given([]) == ()


def test_training_gives_what_the_uses_give():
    draws = Draws.of(4000, 8, 2, torch.Generator().manual_seed(0))
    given = given_keyframes(draws, torch.full((4000,), 8), 8).bool()
    whole = given.all(dim=1)  # (4000, 2)
    starts, ends, empty = given[:, 0], given[:, -1], ~given.flatten(1).any(dim=1)
    one = whole.sum(dim=1) == 1
    uses = {
        "everything is made": empty,
        "a reaction": one & (given.flatten(1).sum(dim=1) == 8),
        "a reaction that goes on": one & starts.all(dim=1) & ~ends.all(dim=1),
        "in-between": ~one & starts.all(dim=1) & ends.all(dim=1) & ~given.all(dim=2).all(dim=1),
        "a motion goes on": ~one & starts.all(dim=1) & ~ends.any(dim=1),
        "A's first pose": given[:, 0, 0] & (given.flatten(1).sum(dim=1) == 1),
    }
    shares = {use: float(chosen.float().mean()) for use, chosen in uses.items()}
    assert shares["everything is made"] > 0.4 and all(share > 0.03 for share in shares.values()), shares
    assert given[uses["a reaction"]][:, 0].float().mean(dim=0).sub(0.5).abs().max() < 0.1  # to A as often as to B


def test_muon_makes_steps_of_the_same_length_in_all_directions():
    torch.manual_seed(0)
    sizes = torch.linalg.svdvals(orthogonal(torch.randn(5, 40, 24)))
    assert sizes.min() > 0.5 and sizes.max() < 1.3
    weights = torch.nn.Parameter(torch.zeros(8, 6))
    weights.grad = torch.outer(torch.randn(8), torch.randn(6)) + 0.01 * torch.randn(8, 6)
    Muon([weights], lr=0.1).step()
    steps = torch.linalg.svdvals(weights.detach())
    assert steps[3] > 0.4 * steps[0]  # though the gradient is nearly all in one direction
