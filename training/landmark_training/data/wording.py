"""Tables of question wording: templates by what they need, and the words that grammar asks about.

{text}: the seed as a sentence without its full stop; {lower}: the same, begun in lower case; {clause}: the seed as
what follows "does" (return the size); {condition}: what follows "if" in the seed; {words}: the name in words;
{it}: the project's name, "the code" or the like; {keywords}: its telling words.
"""

# Any seed that is a statement.
STATEMENT = (
    "{text}", "{text}.", "{text}?", "{lower}",
    "{text}. Where is this done?",
    "{text}. How is this implemented?",
    "{text}. Which part of the code is that?",
    "{text}. Show me the code.",
    "Where is this handled: {lower}?",
    "Where would I change this behavior: {lower}",
    "Which part of {it} is responsible for this: {lower}?",
    "Explain how {it} handles this: {lower}.",
    "I read this somewhere: {lower}. Where does it happen?",
    "Find the code for this: {lower}",
    "Can you point me to the code behind this? {text}.",
    "Looking for the place where this is true: {lower}",
    "Which function fits this description: {lower}?",
    "Is there something like this in {it}: {lower}?",
    "How does {it} deal with the following: {lower}?",
    "A colleague told me this: {lower}. Is that so, and where?",
)
# The seed begins with a verb.
CLAUSE = (
    "Where does {it} {clause}?", "How does {it} {clause}?", "How do we {clause}?", "Where do we {clause}?",
    "Which function is used to {clause}?", "What code is there to {clause}?", "What is used to {clause}?",
    "What happens when {it} has to {clause}?", "How can I {clause}?", "How would I {clause} with this?",
    "Is there a way to {clause}?", "Is there a helper to {clause}?", "I need to {clause}. What do I call?",
    "I want to {clause}. Where do I start reading?", "Show me how to {clause}.", "Show where {it} starts to {clause}.",
    "Can {it} {clause}, and if so, how?", "What steps does it take to {clause}?", "how to {clause}",
    "where is the code to {clause}", "what does it need in order to {clause}", "code that is meant to {clause}",
    "Where should I look if it fails to {clause}?", "{it} does not {clause} as I expect. Where is that code?",
    "Which part of {it} knows how to {clause}?", "Where is the logic to {clause}?",
    "Describe how {it} manages to {clause}.", "What is the mechanism to {clause}?",
    "Which file has the code to {clause}?", "I am debugging how to {clause}. Which lines do it?",
)
# The seed begins with a verb and gives, or begs for, a reason.
WHY = (
    "Why does {it} {clause}?", "Why do we {clause} here?", "Why is it necessary to {clause}?", "Why is there code to {clause}?",
    "What is the reason to {clause}?", "What would break if we did not {clause}?", "why {clause}",
    "What is the point of code to {clause}?", "Is it really needed to {clause}? Why?",
)
# The seed says under which condition something happens.
CONDITION = (
    "What happens if {condition}?", "What happens when {condition}?", "What does {it} do if {condition}?",
    "How is it handled when {condition}?", "How does {it} react when {condition}?", "Where is the case handled that {condition}?",
    "what if {condition}", "Is there special handling when {condition}?", "In which place do we check whether {condition}?",
    "Suppose {condition}. What then?", "What should I expect when {condition}?", "Which code runs once {condition}?",
)
KEYWORDS = ("{keywords}", "{keywords}", "{keywords} code", "code for {keywords}", "where is {keywords}", "{keywords} implementation")
ERROR = (
    "{text}", "{text}", "Error: {text}", "I get this error: {text}", "Why do I get \"{text}\"?",
    "Where does the message \"{text}\" come from?", "What causes the error '{text}'?", "it fails with: {text}",
    "{text}. What did I do wrong?", "My program stops with \"{text}\". When is this raised?",
    "Which check produces \"{text}\"?", "What does this error mean: {text}", "The log says {text}. Why?",
    "When is \"{text}\" reported?", "got {text} after an upgrade, where is that thrown", "Who throws this? {text}",
    "Under which conditions do users see \"{text}\"?", "How can I avoid the error \"{text}\"?",
)
TEST_ITSELF = (
    "Where is this tested: {lower}?", "Which test covers this: {lower}?", "Is there a test for this: {lower}?",
    "Show me the test for {keywords}.", "{text}", "What does the test for {keywords} check?", "test that {lower}",
    "How is {keywords} tested?", "Where do the tests make sure of this: {lower}?",
)
TESTED = (
    "{text}", "{text}?", "Which code makes this true: {lower}?", "How does {it} make sure of this: {lower}?",
    "Where is this behavior implemented: {lower}?", "Expected behavior: {lower}. Where is it coded?",
    "{text}. Where is that implemented?", "What is responsible for {keywords}?",
)
BY_NAME = (
    "What does {name} do?", "Where is {name} defined?", "How does {name} work?", "Explain {name}.", "{name}", "{name}?",
    "Why does {it} need {name}?", "What is the purpose of {name}?", "How is {name} implemented?", "Where can I find {name}?",
    "Walk me through {name}.", "When would I use {name}?", "what is {name} for", "How should {name} be called?",
    "What happens inside {name}?", "What does {name} return?", "Show {name}.", "{name} in {file}",
)
BY_NAME_WORDS = (
    "Where can I find the {words} code?", "How is {words} implemented?", "What is the purpose of {words} in {file}?",
    "How does {words} work in {it}?", "Where is {words} handled?", "{words}",
)
BY_HEADING = (
    "What do the docs say about {name}?", "Where is {name} documented?", "{name}", "Explain {name}.",
    "Is there a section on {name}?", "Tell me about {name} in {it}.",
)
BY_BOTH = (
    "{name}: {lower}", "{text} ({name})", "{text}. Is that {name}?", "Where does {name} do this: {lower}?",
    "In {name}, how is this done: {lower}?", "Does {name} do this? {text}.",
)
BY_BOTH_ERROR = (
    "{name}: {text}", "{text} (in {name})", "Why does {name} say \"{text}\"?", "When does {name} fail with \"{text}\"?",
    "I call {name} and get: {text}", "{name} raises \"{text}\". When?", "calling {name} gives {text}",
)
BY_BOTH_CLAUSE = (
    "How does {name} {clause}?", "Why does {name} {clause}?", "Where does {name} {clause}?", "Does {name} {clause}?",
    "What happens when {name} has to {clause}?", "Can I use {name} to {clause}?",
)
BY_BOTH_CONDITION = ("What does {name} do if {condition}?", "What happens in {name} when {condition}?")
GENERIC_PROJECTS = ("the code", "the library", "this project", "this package", "it", "the program", "the repository")

# The base forms that a seed may begin with.
VERBS = frozenset("""
abort accept access accumulate acquire activate adapt add adjust advance aggregate align allocate allow analyze announce annotate
append apply approximate archive arrange ask assemble assert assign associate assume attach attempt authenticate authorize average avoid
back backup balance batch begin bind block blend boot bootstrap bound break broadcast buffer build bump cache calculate call cancel
capitalize capture cast catch center change check choose clamp classify clean cleanup clear click clip clone close cluster coerce collapse
collect color combine commit compact compare compile complete compose compress compute concatenate configure confirm connect construct consume
contain continue control convert coordinate copy correct count cover create crop cut deactivate debug decide declare decode decompose
decompress decorate decrease decrement decrypt deduce defer define delay delegate delete deliver demangle deny depend derive describe
deserialize destroy detach detect determine diff differentiate disable discard disconnect discover dispatch display dispose distribute divide
do download drain draw drive drop dump duplicate edit eliminate embed emit emulate enable encapsulate encode encrypt end enforce enqueue
ensure enter enumerate erase escape establish estimate evaluate evict examine exclude execute exit expand expect expire export
expose express extend extract fail fall fetch fill filter finalize find finish fire fit fix flag flatten flip flush fold follow force forget
fork format forward free freeze fuse gather generate get give grab grant group grow guarantee guard guess guide handle hash help hide highlight hold
hook identify ignore implement import improve include increase increment indent index indicate infer inherit initialise initialize initiate inject
insert inspect install instantiate instruct integrate intercept interpolate interpret intersect introduce invalidate invert invoke isolate issue
iterate join jump keep kill label launch lay lazy lead learn leave let limit link list listen load locate lock log look loop lower maintain make
manage manipulate map mark marshal mask match materialize maximize measure merge migrate minimize mirror mix mock modify monitor mount move multiply
mutate name narrow navigate negate negotiate normalise normalize notify observe obtain offer offset omit open operate optimise optimize order
organize output override overwrite pack pad paint pair parse partition pass paste patch pause peek perform persist pick pin place plan play plot
point poll pop populate position post postpone precompute predict prefer prefetch prefix prepare prepend preprocess present preserve press
prevent print prioritize probe proceed process produce profile project promote prompt propagate protect prove provide prune publish pull
purge push put quantize query queue quit quote raise randomize rank rate re-raise reach react read realign rearrange rebuild recalculate receive
recognize recompute reconnect reconstruct record recover recurse recycle redirect redraw reduce refer reflect refresh refuse regenerate register reindex
reject relate relax release reload relocate remap remember remove rename render reorder repaint repair repeat replace replay reply report represent
request require rescale reserve reset reshape resize resolve respect respond restart restore restrict resume retain retrieve retry return reuse
reverse revert revoke rewind rewrite roll rotate round route run sample sanitize satisfy save scale scan schedule score scroll search seek
select send separate serialize serve set setup shift show shrink shuffle shut signal simplify simulate skip sleep slice smooth snap solve
sort spawn specify split squash stack start stop store stream strip subscribe substitute subtract suggest sum supply support suppress
suspend swap switch sync synchronize synthesize tag take teach tear tell terminate test throttle throw tie toggle tokenize touch trace track
train transfer transform translate transmit transpose traverse treat trigger trim truncate try tune turn unbind undo unescape uninstall
unload unlock unmount unpack unpin unregister unset unsubscribe unwrap unzip update upgrade upload use validate verify visit visualize wait wake walk
warn watch weight wire withdraw work wrap write yield zip zoom
""".split())
# Those that are nouns as well: followed by one of AFTER_NOUN they do not count as verbs.
AFTER_NOUN = frozenset("of for to that which is are was were with in on from used containing holding name names value values id ids and or by has "
                       "should must can may will flag type types object objects class".split())
# Verbs that one of AFTER_NOUN may follow all the same.
BEFORE_PREPOSITION = frozenset("act add append apply ask assert assume attach check connect convert draw exit iterate jump listen load look loop make move "
                               "ensure find guarantee indicate make put read refer register remove reply respond return save scan search send sign subscribe switch translate "
                               "specify try turn verify wait walk warn work write".split())
STOPWORDS = frozenset(
    "a an the of for to in on at by with from into as is are was were be been being it its this that these those and or not no if when "
    "then than so we you i he she they them our your their do does did has have had can could should would will may might must there here "
    "which who whom what where how why all any some each every other only also just such via per used using use given based whether "
    "new one two first specified current return returns get gets set sets make makes function method class object value values called".split())
REASON = (" because ", " since ", " so that ", " in order to ", " so we ", " to avoid ", " to prevent ", " otherwise ", " as otherwise ", " so it ")
