"""Import maps: the rules of the HTML standard ("Resolve an imports match"), for names in place of URLs."""

import pytest

from snapjs import ImportMap


def test_a_specifier_that_is_not_in_the_map_stays() -> None:
    assert ImportMap({"a": "x"}).rewrite("b", None) == "b"


def test_an_exact_specifier_is_rewritten() -> None:
    assert ImportMap({"lodash": "vendor/lodash.js"}).rewrite("lodash", "main.js") == "vendor/lodash.js"


def test_a_specifier_without_a_slash_is_no_prefix() -> None:
    assert ImportMap({"lodash": "vendor/lodash.js"}).rewrite("lodash/get", None) == "lodash/get"


def test_a_prefix_is_rewritten_with_what_follows() -> None:
    assert ImportMap({"lodash/": "vendor/lodash/"}).rewrite("lodash/fp/get.js", None) == "vendor/lodash/fp/get.js"


def test_a_prefix_alone_is_its_own_name() -> None:
    assert ImportMap({"lodash/": "vendor/"}).rewrite("lodash/", None) == "vendor/"


@pytest.mark.parametrize(
    ("specifier", "name"),
    [("a/b/c.js", "3/c.js"), ("a/b/", "3/"), ("a/b", "2"), ("a/x", "1/x"), ("a/", "1/"), ("a", "a")],
)
def test_the_longest_specifier_counts(specifier: str, name: str) -> None:
    names = ImportMap({"a/": "1/", "a/b": "2", "a/b/": "3/"})
    assert names.rewrite(specifier, None) == name


def test_none_means_that_there_is_no_such_module() -> None:
    assert ImportMap({"secret": None}).rewrite("secret", None) is None


def test_none_takes_a_part_out_of_a_prefix() -> None:
    names = ImportMap({"lib/": "x/", "lib/private/": None})
    assert names.rewrite("lib/private/key.js", None) is None
    assert names.rewrite("lib/public.js", None) == "x/public.js"


@pytest.mark.parametrize("specifier", ["lib/../up.js", "lib/a/../../up.js", "lib/.."])
def test_what_follows_a_prefix_cannot_leave_it(specifier: str) -> None:
    assert ImportMap({"lib/": "x/y/"}).rewrite(specifier, None) is None


def test_what_follows_a_prefix_may_go_up_inside_it() -> None:
    assert ImportMap({"lib/": "x/"}).rewrite("lib/a/../b.js", None) == "x/b.js"


def test_specifiers_and_names_may_begin_with_a_dot() -> None:
    names = ImportMap({"./lib/a.js": "./other/b.js"})
    assert names.rewrite("lib/a.js", "main.js") == "other/b.js"


def test_a_name_may_lead_up() -> None:
    assert ImportMap({"a": "../up.js"}).rewrite("a", "lib/deep/b.js") == "../up.js"


def test_a_query_stays_as_it_is() -> None:
    assert ImportMap({"lib/": "x/"}).rewrite("lib/a.js?from=../b", None) == "x/a.js?from=../b"


# ---- scopes


def test_a_scope_holds_for_importers_below_it() -> None:
    names = ImportMap({"d": "d1.js"}, {"old/": {"d": "d0.js"}})
    assert names.rewrite("d", "old/lib/a.js") == "d0.js"
    assert names.rewrite("d", "older.js") == "d1.js"
    assert names.rewrite("d", None) == "d1.js"


def test_a_scope_may_be_one_importer() -> None:
    names = ImportMap({}, {"a.js": {"d": "d0.js"}})
    assert names.rewrite("d", "a.js") == "d0.js"
    assert names.rewrite("d", "a.js.map") == "d"


def test_the_longest_scope_counts() -> None:
    names = ImportMap({}, {"a/": {"d": "1"}, "a/b/": {"d": "2"}, "a/b/c.js": {"d": "3"}})
    assert [names.rewrite("d", importer) for importer in ("a/x.js", "a/b/x.js", "a/b/c.js")] == ["1", "2", "3"]


def test_what_a_scope_lacks_is_in_the_next() -> None:
    names = ImportMap({"e": "e1"}, {"a/": {"d": "d1"}, "a/b/": {"x": "x1"}})
    assert names.rewrite("d", "a/b/c.js") == "d1"
    assert names.rewrite("e", "a/b/c.js") == "e1"


def test_a_scope_goes_before_the_imports_even_where_these_are_longer() -> None:
    names = ImportMap({"lib/a.js": "top"}, {"app/": {"lib/": "scoped/"}})
    assert names.rewrite("lib/a.js", "app/main.js") == "scoped/a.js"


def test_none_in_a_scope_is_not_looked_for_further() -> None:
    names = ImportMap({"d": "d1"}, {"a/": {"d": None}})
    assert names.rewrite("d", "a/x.js") is None


def test_a_scope_may_begin_with_a_dot() -> None:
    assert ImportMap({}, {"./app/": {"d": "1"}}).rewrite("d", "app/x.js") == "1"


def test_the_scope_of_all_importers() -> None:
    names = ImportMap({}, {"./": {"d": "1"}})
    assert names.rewrite("d", "x.js") == "1"
    assert names.rewrite("d", None) == "d"


# ---- mistakes


def test_a_prefix_stands_for_a_prefix() -> None:
    with pytest.raises(ValueError, match="'lib/' stands for a prefix, which ends in '/', not for 'x'"):
        ImportMap({"lib/": "x"})


def test_a_prefix_of_a_scope_stands_for_a_prefix() -> None:
    with pytest.raises(ValueError, match="which ends in '/'"):
        ImportMap({}, {"a/": {"lib/": "x.js"}})


@pytest.mark.parametrize("specifier", ["", "./", "."])
def test_an_empty_specifier_is_refused(specifier: str) -> None:
    with pytest.raises(ValueError, match="stands for no module"):
        ImportMap({specifier: "x/"})


@pytest.mark.parametrize("name", [5, b"x", ["x"]])
def test_names_are_text(name: object) -> None:
    with pytest.raises(TypeError, match="from str to str or None"):
        ImportMap({"a": name})  # type: ignore[dict-item]


def test_the_map_is_a_copy() -> None:
    names: dict[str, str | None] = {"a": "1"}
    made = ImportMap(names)
    names["a"] = "2"
    assert made.rewrite("a", None) == "1"
