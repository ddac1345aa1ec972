"""The language of `--where`: what it says of rows, and how it complains."""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cocodec import DocumentError
from cocodec.reshaping.evaluating import evaluate, select
from cocodec.reshaping.expressions import ExpressionError, parse
from reference.reshaping import equal, joined_rows, spell, value_of
from support.reshaping_documents import document_of, roots

literals = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 4),
    st.floats(0, 4),
    st.sampled_from(["a", "ab", "", 'a"\\', "cat", 2**53 + 1, 2**64]),
).map(lambda value: ("value", value))
columns = st.sampled_from(
    [
        ("key", "score"),
        ("key", "iscrowd"),
        ("key", "area"),
        ("key", "id"),
        ("key", "bbox"),
        ("key", "segmentation"),
        ("key", "no such"),
        ("key", "attributes", "x"),
        ("key", "attributes"),
        ("key", "segmentation", "size"),
        ("key", "image", "width"),
        ("key", "image", "video"),
        ("key", "category", "name"),
    ]
)


def branches(inner: Any) -> Any:
    operators = ["and", "or", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"]
    return st.one_of(
        st.tuples(st.sampled_from(operators), inner, inner),
        st.tuples(st.sampled_from(["in", "not in"]), inner, inner),
        st.tuples(st.sampled_from(["not", "-"]), inner),
        st.tuples(st.just("index"), inner, st.integers(0, 3)),
        st.lists(inner, max_size=3).map(lambda items: ("list", *items)),
        st.tuples(st.just("call"), st.sampled_from(["len", "lower"]), inner),
        st.tuples(st.just("call"), st.sampled_from(["startswith", "like"]), inner, inner),
        st.tuples(st.just("call"), st.just("has"), columns),
    )


trees = st.recursive(literals | columns, branches, max_leaves=6)


@given(roots(), trees)
def test_values_are_those_of_the_reference(root: dict[str, Any], tree: Any) -> None:
    document = document_of(root)
    try:
        expected = [value_of(tree, row, joined_rows(root, row)) for row in root["annotations"]]
    except TypeError:
        with pytest.raises(DocumentError, match="annotations, row "):
            evaluate(document, "annotations", spell(tree))
        return
    except OverflowError:
        assume(False)
    found = evaluate(document, "annotations", spell(tree)).tolist()
    assert equal(found, expected), (found, expected)


def test_precedence() -> None:
    root = {"images": [{"id": 1, "a": 2, "b": 3}], "annotations": []}
    document = document_of(root)
    for text, value in (
        ("a + b * 2", 8),
        ("(a + b) * 2", 10),
        ("-a + b", 1),
        ("- -a", 2),
        ("not a == 2 or b == 3", True),
        ("not (a == 2 or b == 3)", False),
        ("a == 2 and b == 4 or a in [1, 2]", True),
        ("a not in [2]", False),
        ("7 % 4 - 1", 2),
        ("1 == 1.0", True),
        ("1 == true", False),
        ('"1" == 1', False),
        ("'it\\'s' == \"it's\"", True),
        ("`a` == a", True),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("a < b and b < 4", True),
        ('like("cam1_07.jpg", "cam1_*")', True),
        ("a / 0", None),
        ("1 - 2 - 3", -4),
        ("8 / 2 / 2", 2.0),
    ):
        assert evaluate(document, "images", text).tolist() == [value], text


@pytest.mark.parametrize(
    "text, column, message",
    [
        ("", 1, "expected a value, found the end"),
        ("area >", 7, "expected a value, found the end"),
        ("area > )", 8, r"expected a value, found '\)'"),
        ("area = 3", 6, "equal is =="),
        ("area > 3 area", 10, "expected an operator, or the end, found 'area'"),
        ("(area > 3", 10, r"expected '\)', found the end"),
        ("'open", 1, "is not closed"),
        ("name == `open", 9, "is not closed"),
        ("1 < 2 < 3", 7, "do not chain"),
        ("size(3)", 1, "there is no function 'size'; there are abs"),
        ("len(1, 2)", 1, "len takes 1 value, not 2"),
        ("has(3)", 5, "has takes a key"),
        ("a.3", 2, "expected an operator"),
        ("a.(b)", 3, "expected a name behind '.'"),
        ("a not b", 7, "expected 'in' behind 'not'"),
        ("[1, 2", 6, "expected ',' or ']'"),
        ("a & b", 3, "'&' means nothing here"),
        ("and", 1, "expected a value, found 'and'"),
        ("__import__('os')", 1, "there is no function '__import__'"),
    ],
)
def test_errors_point_at_the_place(text: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        parse(text)
    assert f"column {column}:" in str(caught.value)
    assert caught.value.offset == column - 1
    shown, marker = str(caught.value).splitlines()[-2:]
    assert shown == f"  {text}"
    assert marker == " " * (column + 1) + "^"


@given(st.text(max_size=12) | st.text("ab.([])'\"`<=! +-*/%,1e", max_size=12))
def test_any_text_is_an_expression_or_an_expression_error(text: str) -> None:
    offset = 0
    try:
        parse(text)
    except ExpressionError as error:
        offset = error.offset or 0
    assert 0 <= offset <= len(text)


@pytest.mark.parametrize("text", ["(" * 5000, "not " * 5000, "-" * 5000, "[" * 5000, "a[" * 5000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="more than 60"):
        parse(text)


def test_long_chains_are_fine() -> None:
    document = document_of({"images": [{"id": 1}], "annotations": []})
    assert select(document, "images", " or ".join(["id == 1"] * 5000)).tolist() == [True]


def test_numbers_that_python_does_not_read() -> None:
    with pytest.raises(ExpressionError, match="column 8: the number has too many digits"):
        parse("area > " + "9" * 5000)
    assert parse("1" * 4000).value == int("1" * 4000)  # type: ignore[union-attr]


INTEGERS = [-(2**40), -7, -1, 1, 2, 3, 2**31 - 1, 2**31, 2**53 + 1]
FLOATS = [-1e308, -2.5, -0.0, 0.1, 3.0, 5e-324, 1e308]


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "%"])
@pytest.mark.parametrize("left", [INTEGERS, INTEGERS[1:7], FLOATS, [True, None], [1, 2.5, None]])
@pytest.mark.parametrize(
    "right", [INTEGERS, INTEGERS[1:7], FLOATS, [0, 3], [0.0, 2.5], FLOATS[3:], ["a"]]
)
@pytest.mark.filterwarnings("error")
def test_columns_are_calculated_as_python_calculates(
    sign: str, left: list[Any], right: list[Any]
) -> None:
    """Columns of numbers at once, others row by row: every pair, and what is no number is null."""
    pairs = [*itertools.product(left, right)]
    rows = [{"id": i, "a": a, "b": b} for i, (a, b) in enumerate(pairs)]
    document = document_of({"images": rows, "annotations": []})
    odd = any(isinstance(one, (bool, str)) for pair in pairs for one in pair if None not in pair)
    if odd:
        with pytest.raises(DocumentError, match="cannot be calculated"):
            evaluate(document, "images", f"a {sign} b")
        return
    found = evaluate(document, "images", f"a {sign} b").tolist()
    expected = [calculated(sign, a, b) for a, b in pairs]
    assert [*map(repr, found)] == [*map(repr, expected)]


def calculated(sign: str, a: Any, b: Any) -> Any:
    functions = {"+": operator.add, "-": operator.sub, "*": operator.mul}
    functions |= {"/": operator.truediv, "%": operator.mod}
    try:
        out = None if a is None or b is None else functions[sign](a, b)
    except (ZeroDivisionError, OverflowError):
        return None
    return out if not isinstance(out, float) or math.isfinite(out) else None


def test_texts_are_compared_as_they_are() -> None:
    texts = ["a", "A", "", None, "\u00e9"]
    pairs = [*itertools.product(texts, texts)]
    document = document_of(
        {"images": [{"id": i, "a": a, "b": b} for i, (a, b) in enumerate(pairs)]}
    )
    for sign, compare in (("==", operator.eq), ("!=", operator.ne)):
        found = evaluate(document, "images", f"a {sign} b")
        assert found.dtype == bool
        assert found.tolist() == [compare(a, b) for a, b in pairs]
