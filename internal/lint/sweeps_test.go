package lint

import (
	"fmt"
	"go/ast"
	"strings"
	"testing"
)

// TestSweepsAreInMemory: what is left out under Wine and with the race detector has a disk in
// memory and starts no goroutine. What depends on the system, or on who comes first, is not left
// out.
func TestSweepsAreInMemory(t *testing.T) { complain(t, realSweeps(goFiles(t))) }

func realSweeps(files []*goFile) (complaints []string) {
	for _, f := range files {
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			body := string(f.src[f.fset.Position(fn.Body.Pos()).Offset:f.fset.Position(fn.Body.End()).Offset])
			if !strings.HasPrefix(body, "{\n\tpromise.Sweep(t)\n") {
				continue
			}
			for _, real := range []string{"vfs.OS(", ".TempDir(", "exec.Command(", "go func("} {
				if strings.Contains(body, real) {
					complaints = append(complaints, fmt.Sprintf("%s: %s has %s...): it is no sweep, which Windows and the race detector leave out", f.path, fn.Name.Name, real))
				}
			}
		}
	}
	return complaints
}
