package judge

import (
	"slices"
	"strings"
	"testing"

	"sluice/index"
)

// TestNameIn: what is asked for by name, and what is a question like any other.
func TestNameIn(t *testing.T) {
	for question, want := range map[string]string{
		"schedule": "schedule alone", "schedule()": "schedule alone", "oom_badness": "oom_badness alone", " oom_badness; ": "oom_badness alone",
		"`getHTTPResponse`": "getHTTPResponse alone", "struct sk_buff": "sk_buff", "#define GFP_KERNEL": "GFP_KERNEL", "func Open": "Open",
		"where is oom_badness defined?": "oom_badness", "definition of oom_badness": "oom_badness", "std::vector": "vector alone",
		"s.store.Snapshot()": "Snapshot alone", "p->next": "next alone", "schedule(void)": "schedule alone", "größe": "größe alone",
		"how does schedule work": "", "retry.go": "", "6.2.8": "", "torn write": "", "": "", "()": "", "is the of": "", "tar -xzf": "", "C++": "",
	} {
		name, alone, ok := nameIn(question)
		got := name
		if alone {
			got += " alone"
		}
		if got != want || ok != (want != "") {
			t.Errorf("%q asks for %q, %v; want %q", question, got, ok, want)
		}
	}
}

// TestWhatATextDoesWithAName holds the definitions, declarations and uses of many languages.
func TestWhatATextDoesWithAName(t *testing.T) {
	for rank, texts := range map[nameRank][]string{
		defines: {
			"long name(struct task *p)\n{\n\treturn 0;\n}", "static int\nname(int a,\n     int b)\n{", "asmlinkage __visible void __sched name(void)\n{",
			"static int name(int a) __acquires(lock)\n{", "struct name {\n\tint a;\n};", "struct name\n{", "union name { int a; };", "enum name {\n\tA,\n};",
			"#define name(x) ((x) + 1)", "#define name 7", "# define name \\\n\tdo {} while (0)", "typedef unsigned int name;", "typedef struct {\n\tint a;\n} name;",
			"static const struct file_operations name = {\n\t.open = o,\n};", "int name;", "SYSCALL_DEFINE1(name, int, a)\n{", "DEFINE_MUTEX(name);",
			"func name(a int) error {", "func (s *Store) name() {", "type name struct {", "type name interface {", "const name = 7", "var name = 7",
			"def name(self, a):\n    pass", "class name(Base):\n    pass", "class name:\n    pass", "async def name():", "name = 7", "pub fn name(a: u32) -> u32 {",
			"pub struct name {", "impl X {\n    fn name(&self) {", "macro_rules! name {", "function name(a) {", "export const name = (a) => a;", "export class name extends B {",
			"interface name {", "public static void name(String[] a) {", "  public int name(int a) throws E {", "name() {\n\techo\n}", "fun name(a: Int) {",
			"std::string Foo::name(int a) const\n{", "enum kind {\n\tA,\n\tname,\n};", "enum kind {\n\tname = 3,", "trait name {", "int name(int a,",
		},
		declares: {
			"int name(int a);", "extern int name(int a);", "extern struct x name;", "struct name;", "void *name(size_t n) __malloc;", "virtual int name(int a);",
			"DECLARE_WORK(name);",
		},
		uses: {
			"\tname(a);", "\treturn name(a);", "\tx = name;", "\tif (name(a)) {", "\tstruct name *p;", "struct name *find(int a)\n{", "\tstruct name s = {0};",
			" * name() - what it does", "/* name (old) { */", "// name(a) {", "\tx->name = 3;", "\tfoo(name, 3);", "#ifdef name", "#undef name", "EXPORT_SYMBOL(name);",
			"\tfor (name = 0; name < 3; name++) {", "if (name == 3) {", "x.name(a)", "from a import name", "\t.name = f,", "sizeof(struct name)", "f(struct name, x) {",
			"see name for more", "} name_list;\nname",
		},
		0: {"name_other(a) {", "_name", "rename", "names", "int the_name(void)\n{"},
	} {
		for _, text := range texts {
			n := named{name: "name", forms: []string{"name"}}
			got := n.rank([]byte(text), index.NewAnalyzer().Tokens(nil, []byte(text)))
			if want := rank + min(rank, asWritten); got != want {
				t.Errorf("%q: %d, want %d", text, got, want)
			}
		}
	}
}

// TestASmallWordAsksForAllItsForms: capitals and what joins words count where they were typed.
func TestASmallWordAsksForAllItsForms(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       nameRank
	}{
		{"hashmap", "class HashMap {", defines}, {"hashmap", "struct hash_map {", defines}, {"hashmap", "struct hashmap {", defines + asWritten},
		{"HashMap", "struct hash_map {", 0}, {"hash_map", "class HashMap {", 0}, {"schedule", "void __schedule(void)\n{", 0}, {"rent", "The rent.", uses + asWritten},
		{"rent", "Rent is due.", uses}, {"rents", "The rent.", 0},
	} {
		a := index.NewAnalyzer()
		var forms []string
		for _, term := range a.Question([]byte(c.name)) {
			forms = append(forms, append(slices.Clone(term.Forms), term.Stem)...)
		}
		n := named{name: c.name, folds: c.name == strings.ToLower(c.name) && !strings.Contains(c.name, "_"), forms: forms}
		if got := n.rank([]byte(c.text), a.Tokens(nil, []byte(c.text))); got != c.want {
			t.Errorf("%q in %q: %d, want %d", c.name, c.text, got, c.want)
		}
	}
}
