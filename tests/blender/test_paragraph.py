"""Text is broken into lines that fit, in every language of the interface."""

import pytest

from intermask_blender import paragraph, translations


def width(line: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in line)


@pytest.mark.parametrize("letters", [20, 33, 120])
@pytest.mark.parametrize("language", translations.languages())
def test_lines_fit_and_lose_nothing(language, letters):
    for text in translations.languages()[language].values():
        found = list(paragraph.lines(text, letters))
        assert all(0 < width(line) <= letters for line in found), found
        assert "".join("".join(found).split()) == "".join(text.split())


def test_words_stay_whole_unless_a_line_is_too_short_for_them():
    assert list(paragraph.lines("Two people shake hands.", 12)) == ["Two people", "shake hands."]
    assert list(paragraph.lines("/a/very/long/path", 8)) == ["/a/very/", "long/pat", "h"]
    assert list(paragraph.lines("", 20)) == []
