"""The settings of a scene: their defaults, who may be chosen, and that they stay in the file."""

import bpy
import pytest

from intermask_blender import models, recent_prompts


def test_a_new_scene_starts_with_sensible_settings(addon, scene):
    settings = scene.intermask
    assert (settings.seconds, settings.count, settings.lock_seed, settings.first_person) == (3.0, 1, False, "A")
    assert (settings.person_a, settings.person_b, settings.active_take) == (None, None, -1)
    shortest, longest = models.limits(settings.model)
    assert shortest <= settings.seconds <= longest
    assert settings.prompt.strip()


def test_every_setting_and_operator_says_what_it_does(addon, scene):
    operators = [getattr(bpy.ops.intermask, name).get_rna_type() for name in dir(bpy.ops.intermask)]
    assert len(operators) >= 10
    assert all(operator.description for operator in operators)
    for kind in (type(scene.intermask).bl_rna, *operators):
        own = [prop for prop in kind.properties if prop.identifier not in {"rna_type", "name"} and not prop.is_hidden]
        assert [prop.identifier for prop in own if len(prop.description) < 8] == []


def test_own_sampling_starts_from_the_models_settings(addon, scene):
    settings = scene.intermask
    settings.temperature = 0.5
    settings.own_sampling = True
    suits = models.sampling(settings.model)
    assert (settings.steps, settings.temperature) == (suits["steps"], 0.5)
    assert settings.top_k == pytest.approx(suits["top_k"])


def test_settings_stay_in_the_file(settings, scene, tmp_path):
    rig = bpy.data.objects.new("Hero", bpy.data.armatures.new("Hero"))
    scene.collection.objects.link(rig)
    settings.prompt, settings.person_b, settings.count = "Zwei Leute grüßen sich 🤝", rig, 4
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    settings = bpy.context.scene.intermask
    assert (settings.prompt, settings.person_b.name, settings.count) == ("Zwei Leute grüßen sich 🤝", "Hero", 4)


def test_the_recent_prompts_are_few_and_the_latest_comes_first():
    for number in range(30):
        recent_prompts.remember(f"Prompt {number}")
    recent_prompts.remember("Prompt 25")
    prompts = recent_prompts.recent()
    assert prompts[:3] == ["Prompt 25", "Prompt 29", "Prompt 28"]
    assert len(prompts) == len(set(prompts)) == recent_prompts.LIMIT


def test_recent_prompts_outlive_blender(tmp_path, monkeypatch):
    monkeypatch.setattr(recent_prompts, "_file", lambda: tmp_path / "recent.json")
    recent_prompts.remember("Zwei 🤝")
    monkeypatch.setattr(recent_prompts, "_prompts", None)
    assert recent_prompts.recent()[0] == "Zwei 🤝"
    (tmp_path / "recent.json").write_text("{broken")
    monkeypatch.setattr(recent_prompts, "_prompts", None)
    assert recent_prompts.recent() == []


def test_models_are_found_and_tell_their_limits(tmp_path, monkeypatch):
    assert models.names()[0] == models.STARTER
    monkeypatch.setattr(models, "_own_folders", lambda: [tmp_path])
    (tmp_path / "config.json").write_text('{"fps": 20, "min_frames": 30, "max_frames": 200, "sampling": {"steps": 9}}')
    assert models.limits(tmp_path.name) == (1.5, 10.0)
    assert models.sampling(tmp_path.name) == {"steps": 9}
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(Exception, match="not a model configuration"):
        models.limits(tmp_path.name)
