"""How each language is read: its grammar, what is a definition, a comment, a test and a raised message in it.

Captures: @definition, @comment, @raise (a statement or call that carries a message), @test (a call or function
that is one), @suite (what groups tests), @call (a name that is called), @attribute.
"""

from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Language, Parser, Query

FUNCTION_VALUE = "[(arrow_function) (function_expression) (class)]"
JAVASCRIPT = f"""
(function_declaration) @definition
(generator_function_declaration) @definition
(class_declaration) @definition
(method_definition) @definition
(variable_declarator value: {FUNCTION_VALUE}) @definition
(assignment_expression left: (member_expression) right: {FUNCTION_VALUE}) @definition
(pair key: (property_identifier) value: {FUNCTION_VALUE}) @definition
(comment) @comment
(throw_statement) @raise
(call_expression function: (identifier) @callee arguments: (arguments . [(string) (template_string)])
  (#any-of? @callee "it" "test" "specify")) @test
(call_expression function: (identifier) @callee arguments: (arguments . [(string) (template_string)])
  (#any-of? @callee "describe" "suite" "context")) @suite
"""
JAVASCRIPT_CALLS = """
(call_expression function: [(identifier) @call (member_expression property: (property_identifier) @call)])
(new_expression constructor: (identifier) @call)
"""
TYPESCRIPT = JAVASCRIPT + """
(abstract_class_declaration) @definition
(interface_declaration) @definition
(enum_declaration) @definition
(type_alias_declaration) @definition
(public_field_definition value: [(arrow_function) (function_expression)]) @definition
"""
JAVA = """
(class_declaration) @definition
(interface_declaration) @definition
(enum_declaration) @definition
(record_declaration) @definition
(method_declaration) @definition
(constructor_declaration) @definition
(line_comment) @comment
(block_comment) @comment
(throw_statement) @raise
"""
JAVA_CALLS = """
(method_invocation name: (identifier) @call)
(object_creation_expression type: (type_identifier) @call)
"""
GO = """
(function_declaration) @definition
(method_declaration) @definition
(type_spec) @definition
(comment) @comment
(call_expression function: [(identifier) (selector_expression)] @callee
  (#match? @callee "^(panic|errors\\\\.(New|Errorf|Wrapf?|WithMessagef?)|(fmt|xerrors)\\\\.Errorf|log\\\\.(Fatal|Panic|Error)f?|status\\\\.Errorf?)$")) @raise
"""
GO_CALLS = """
(call_expression function: [(identifier) @call (selector_expression field: (field_identifier) @call)])
(composite_literal type: (type_identifier) @call)
"""
RUST = """
(function_item) @definition
(struct_item) @definition
(enum_item) @definition
(trait_item) @definition
(union_item) @definition
(macro_definition) @definition
(line_comment) @comment
(block_comment) @comment
(attribute_item) @attribute
(macro_invocation macro: [(identifier) (scoped_identifier)] @callee
  (#match? @callee "^((anyhow|log|tracing|eyre)::)?(panic|bail|anyhow|ensure|error|eprintln|unreachable|err_msg|format_err|eyre)$")) @raise
(call_expression function: (identifier) @callee arguments: (arguments) (#eq? @callee "Err")) @raise
(call_expression function: (field_expression field: (field_identifier) @callee) arguments: (arguments . (string_literal))
  (#any-of? @callee "expect" "context")) @raise
"""
RUST_CALLS = """
(call_expression function: [(identifier) @call (field_expression field: (field_identifier) @call)
                            (scoped_identifier name: (identifier) @call)])
(struct_expression name: (type_identifier) @call)
"""
C = """
(function_definition) @definition
(preproc_function_def) @definition
(struct_specifier name: (_) body: (_)) @definition
(enum_specifier name: (_) body: (_)) @definition
(comment) @comment
(call_expression function: (identifier) @callee arguments: (argument_list)
  (#match? @callee "(?i)(err|warn|fatal|die|panic|abort|fail|fprintf|assert_msg|raise|throw|invalid|exception|log)")) @raise
"""
CPP = C + """
(class_specifier name: (_) body: (_)) @definition
(throw_statement) @raise
(call_expression function: (qualified_identifier) @callee arguments: (argument_list)
  (#match? @callee "(?i)(err|warn|fatal|panic|abort|raise|throw|invalid|exception)")) @raise
"""
C_CALLS = """
(call_expression function: [(identifier) @call (field_expression field: (field_identifier) @call)])
"""
CPP_CALLS = C_CALLS + """
(call_expression function: (qualified_identifier name: (identifier) @call))
"""


@dataclass(frozen=True)
class Grammar:
    """module: the package of the compiled grammar; entry: its function. needsImport: tests name what they call."""

    module: str
    facts: str
    calls: str
    entry: str = "language"
    needsImport: bool = False

    @cached_property
    def language(self) -> Language:
        return Language(getattr(__import__(self.module), self.entry)())

    @cached_property
    def parser(self) -> Parser:
        return Parser(self.language)

    @cached_property
    def factQuery(self) -> Query:
        return Query(self.language, self.facts)

    @cached_property
    def callQuery(self) -> Query:
        return Query(self.language, self.calls)


GRAMMARS = {
    "javascript": Grammar("tree_sitter_javascript", JAVASCRIPT, JAVASCRIPT_CALLS, needsImport=True),
    "typescript": Grammar("tree_sitter_typescript", TYPESCRIPT, JAVASCRIPT_CALLS, "language_typescript", needsImport=True),
    "tsx": Grammar("tree_sitter_typescript", TYPESCRIPT, JAVASCRIPT_CALLS, "language_tsx", needsImport=True),
    "java": Grammar("tree_sitter_java", JAVA, JAVA_CALLS),
    "go": Grammar("tree_sitter_go", GO, GO_CALLS),
    "rust": Grammar("tree_sitter_rust", RUST, RUST_CALLS),
    "c": Grammar("tree_sitter_c", C, C_CALLS),
    "cpp": Grammar("tree_sitter_cpp", CPP, CPP_CALLS),
}

# Suffix -> (language of the record, grammar). A header is read as C++, which is C with more words.
SUFFIXES = {
    ".py": ("python", None),
    ".js": ("javascript", "javascript"), ".mjs": ("javascript", "javascript"), ".cjs": ("javascript", "javascript"),
    ".jsx": ("javascript", "javascript"),
    ".ts": ("typescript", "typescript"), ".mts": ("typescript", "typescript"), ".cts": ("typescript", "typescript"),
    ".tsx": ("typescript", "tsx"),
    ".java": ("java", "java"), ".go": ("go", "go"), ".rs": ("rust", "rust"),
    ".c": ("c", "c"), ".h": ("c", "cpp"), ".cc": ("cpp", "cpp"), ".cpp": ("cpp", "cpp"), ".cxx": ("cpp", "cpp"),
    ".hh": ("cpp", "cpp"), ".hpp": ("cpp", "cpp"), ".hxx": ("cpp", "cpp"), ".ipp": ("cpp", "cpp"),
}


