"""What every language gives: definitions, comments in bodies, messages, tests; and what documents give."""

import pytest
from tiny import tiny_records  # noqa: F401  (puts the package on the path)

from landmark_training.data.documents import read_document
from landmark_training.data.facts import cut
from landmark_training.data.reading import read_file

SOURCES = {
    "python": ("pkg/roots.py", '''import os


def find_root(path):
    """Find the folder that holds the project file.

    More words.
    """
    # Walk up until the top of the tree is reached
    while path != "/":
        path = os.path.dirname(path)
        if os.path.exists(path):
            break
    if not path:
        raise ValueError(f"no project file above {path}")
    return path
'''),
    "javascript": ("lib/roots.js", """/** Find the folder that holds the project file. */
export function findRoot(path) {
  // Walk up until the top of the tree is reached
  while (path !== '/') {
    path = dirname(path);
    if (exists(path)) break;
  }
  if (!path) {
    throw new Error('no project file above ' + path);
  }
  return path;
}
"""),
    "typescript": ("src/roots.ts", """/**
 * Find the folder that holds the project file.
 * @param path where to begin
 */
export const findRoot = (path: string): string => {
  // Walk up until the top of the tree is reached
  while (path !== '/') {
    path = dirname(path);
    if (exists(path)) break;
  }
  if (!path) {
    throw new Error(`no project file above ${path}`);
  }
  return path;
};
"""),
    "java": ("src/main/java/Roots.java", """class Roots {
    /**
     * Find the folder that holds the project file.
     *
     * @param path where to begin
     */
    @Nullable
    Path findRoot(Path path) {
        // Walk up until the top of the tree is reached
        while (path.getParent() != null) {
            path = path.getParent();
            if (Files.exists(path)) break;
        }
        if (path == null) {
            throw new IllegalStateException("no project file above " + path + "");
        }
        return path;
    }
}
"""),
    "go": ("roots.go", """package roots

// findRoot find the folder that holds the project file.
func findRoot(path string) (string, error) {
	// Walk up until the top of the tree is reached
	for path != "/" {
		path = filepath.Dir(path)
		if exists(path) {
			break
		}
	}
	if path == "" {
		return "", fmt.Errorf("no project file above %s", path)
	}
	return path, nil
}
"""),
    "rust": ("src/roots.rs", """/// Find the folder that holds the project file.
///
/// More words.
#[must_use]
pub fn find_root(path: &Path) -> Result<PathBuf> {
    // Walk up until the top of the tree is reached
    while let Some(parent) = path.parent() {
        path = parent;
        if path.exists() { break; }
    }
    if path.is_empty() {
        bail!("no project file above {}", path);
    }
    Ok(path)
}
"""),
    "c": ("src/roots.c", """/*
 * Find the folder that holds the project file.
 */
static char *find_root(char *path)
{
    // Walk up until the top of the tree is reached
    while (path[1]) {
        path = dirname(path);
        if (exists(path)) break;
    }
    if (!path)
        log_error("no project file above %s", path);
    return path;
}
"""),
    "cpp": ("src/roots.cc", """/// \\brief Find the folder that holds the project file.
std::string Roots::findRoot(std::string path) {
  // Walk up until the top of the tree is reached
  while (path != "/") {
    path = dirname(path);
    if (exists(path)) break;
  }
  if (path.empty()) {
    throw std::runtime_error("no project file above " + path + "!");
  }
  return path;
}
"""),
}


def by_kind(facts):
    return {candidate.kind: candidate for candidate in facts.candidates}


@pytest.mark.parametrize("language", SOURCES)
def test_source_gives_doc_comment_and_error(language):
    path, source = SOURCES[language]
    facts = read_file(path, source)
    found = by_kind(facts)
    assert set(found) == {"doc", "comment", "error"}
    assert all(item.name in ("find_root", "findRoot") for item in found.values())
    assert found["doc"].question == "Find the folder that holds the project file."
    assert "oot(" in "".join(facts.lines[found["doc"].startLine: found["doc"].endLine + 1]) or language == "typescript"
    assert found["comment"].question == "Walk up until the top of the tree is reached"
    assert facts.lines[found["comment"].startLine].lstrip().startswith(("while", "for"))
    assert found["error"].question.startswith("no project file above")
    assert "no project file above" in "\n".join(facts.lines[found["error"].startLine: found["error"].endLine + 1])


@pytest.mark.parametrize("language", SOURCES)
def test_cut_leaves_no_word_of_the_comments(language):
    path, source = SOURCES[language]
    facts = read_file(path, source)
    kept, moved = cut(facts.lines, {piece for item in facts.candidates for piece in item.cuts})
    assert not any("folder" in line or "Walk up" in line for line in kept)
    doc = by_kind(facts)["doc"]
    assert kept[moved[doc.endLine]] == facts.lines[doc.endLine]


TESTS = {
    "tests/test_cookies.py": ("""from shop import sign_cookie


class TestCookies:
    def test_sign_cookie_with_an_expired_key(self):
        value = sign_cookie("a", key=None)
        assert value is None
""", "Cookies: sign cookie with an expired key", "sign_cookie"),
    "test/cookies.test.js": ("""import { signCookie } from '../lib/cookies';

describe('signCookie', () => {
  it('refuses to sign with an expired key', () => {
    const value = signCookie('a', null);
    expect(value).toBe(null);
  });
});
""", "Sign cookie: refuses to sign with an expired key", "signCookie"),
    "cookies_test.go": ("""package cookies

func TestSignCookieWithAnExpiredKey(t *testing.T) {
	value := SignCookie("a", nil)
	check(t, value)
}
""", "Sign cookie with an expired key", "SignCookie"),
    "src/test/java/CookiesTest.java": ("""class CookiesTest {
    @Test
    void signCookieWithAnExpiredKey() {
        String value = signCookie("a", null);
        assertNull(value);
    }
}
""", "Cookies: sign cookie with an expired key", "signCookie"),
    "src/cookies.rs": ("""#[test]
fn sign_cookie_with_an_expired_key() {
    let value = sign_cookie("a", None);
    assert!(value.is_none());
}
""", "Sign cookie with an expired key", "sign_cookie"),
    "test/cookies_test.cc": ("""TEST(Cookies, SignCookieWithAnExpiredKey) {
  auto value = SignCookie("a", nullptr);
  EXPECT_EQ(value, nullptr);
}
""", "Cookies: sign cookie with an expired key", "SignCookie"),
}


@pytest.mark.parametrize("path", TESTS)
def test_tests_say_what_they_test(path):
    source, question, called = TESTS[path]
    [mention] = read_file(path, source).mentions
    assert mention.question == question
    assert called in mention.names
    assert mention.imported is None or called in mention.imported
    assert mention.fallback.endLine - mention.fallback.startLine >= 2


PAGE = """# Cookies

A cookie is **signed** with the key of the application before it is
sent to the browser. It can be read by anyone.

The function `sign_cookie()` derives the key from a secret and a salt.
More text follows here.

```
# not a heading
```
"""


def test_sections_give_their_first_sentence_and_the_symbols_they_name():
    facts = read_document(PAGE, "docs/cookies.md")
    [section], [mention] = facts.candidates, facts.mentions
    assert section.question == "A cookie is signed with the key of the application before it is sent to the browser."
    assert (section.name, section.startLine) == ("Cookies", 0)
    kept, moved = cut(facts.lines, set(section.cuts))
    assert kept[moved[3]] == " It can be read by anyone."
    assert not any("signed" in line for line in kept)
    assert (mention.question, mention.names) == (
        "The function sign_cookie() derives the key from a secret and a salt.", ("sign_cookie",))


def test_no_question_from_a_change_log():
    facts = read_document(PAGE, "CHANGELOG.md")
    assert not facts.candidates and not facts.mentions


REST = """Cookies
=======

A cookie is signed with the key that :func:`derive_key` gives.

.. code:: python

   sign()

Other
-----
"""


def test_sections_of_restructured_text():
    facts = read_document(REST, "docs/cookies.rst")
    [mention] = facts.mentions
    assert mention.question == "A cookie is signed with the key that derive_key gives."
    assert mention.names == ("derive_key",) and mention.fallback.name == "Cookies"
