package eval

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sluice/index"
	"sluice/ingest"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestDefinitionsByLines: what begins at a line's start defines, and nothing else does.
func TestDefinitionsByLines(t *testing.T) {
	text := "#include <x.h>\n#define ONE 1\n # define two(x) \\\n\t(x)\n#undef ONE\nstruct three {\n\tint a;\n};\nstruct three *four(int a,\n\t\t   int b)\n{\n\tfive();\n}\n" +
		"int six(void);\nstatic int seven(void)\n{\n}\nstruct eight nine = {\n};\nstatic int ten[] = { 1 };\nint eleven(void) { return 1; }\n"
	var got []string
	for _, d := range definitions([]byte(text)) {
		got = append(got, d.kind+" "+d.name)
		if !strings.HasPrefix(text[d.at:], d.name) {
			t.Errorf("%s is not at %d", d.name, d.at)
		}
	}
	if want := "macro ONE, macro two, struct three, function four, function seven"; strings.Join(got, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(got, ", "), want)
	}
}

// TestDefinitionsAreAskedFor: a store whose definitions are found first says so, by kind.
func TestDefinitionsAreAskedFor(t *testing.T) {
	ctx := context.Background()
	src := testkit.NewSource("code")
	for i := range 9 {
		src.Put(fmt.Sprintf("d%d.c", i), fmt.Sprintf("#define LIMIT_%c 7\nstruct item_%c {\n\tint a;\n};\nint take_%c(int a)\n{\n\treturn a;\n}\n", 'a'+i, 'a'+i, 'a'+i))
		src.Put(fmt.Sprintf("u%d.c", i), fmt.Sprintf("int use_%c(void)\n{\n\tstruct item_%c i = {take_%c(LIMIT_%c)};\n\n\treturn i.a;\n}\n", 'a'+i, 'a'+i, 'a'+i, 'a'+i))
	}
	store, err := index.Create(vfs.Mem(), index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	info := src.Info()
	if err := store.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.New(store, ingest.Options{}).Sync(ctx, src, ingest.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	sn, err := store.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	rep, err := Definitions(ctx, sn, "", 12, 1)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Asked != 12 || rep.Identifiers != 9*4 || rep.First != 1 || rep.InTen != 1 || len(rep.Missed) != 0 || rep.Kinds["macro"] != 1 || len(rep.Kinds) != 3 {
		t.Errorf("%+v", rep)
	}
	if _, err := Definitions(ctx, sn, "other", 12, 1); err == nil {
		t.Error("a source without C has nothing to ask for")
	}
}
