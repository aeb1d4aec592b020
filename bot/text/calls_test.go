package text

import (
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestCallersFindTheirMessages walks the calls of T in package bot: every id exists in English, and every placeholder gets
// its argument.
func TestCallersFindTheirMessages(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "*.en.json")
	if err != nil {
		t.Fatal(err)
	}
	english := make(map[string]forms)
	for _, name := range names {
		maps.Copy(english, raw(t, name))
	}
	for _, file := range source(t, "..") {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if sel, isSel := call.Fun.(*ast.SelectorExpr); !isSel || sel.Sel.Name != "T" {
				return true
			}
			checkCall(t, english, call)
			return true
		})
	}
}

func checkCall(t *testing.T, english map[string]forms, call *ast.CallExpr) {
	t.Helper()
	id, whole := constantText(call.Args[0])
	if !whole {
		// An id that is put together: its constant beginning must be that of some message.
		for known := range english {
			if strings.HasPrefix(known, id) {
				return
			}
		}
		t.Errorf("no message begins with %q", id)
		return
	}
	f, ok := english[id]
	if !ok {
		t.Errorf("message %q does not exist", id)
		return
	}
	if call.Ellipsis.IsValid() {
		return
	}
	var given []string
	for i := 1; i < len(call.Args); i += 2 {
		key, isText := constantText(call.Args[i])
		if !isText {
			return
		}
		given = append(given, key)
	}
	for _, name := range f.placeholders() {
		if !slices.Contains(given, name) {
			t.Errorf("message %q needs %q, the call gives %q", id, name, given)
		}
	}
}

// constantText is the text of an expression as far as it is constant from its beginning.
func constantText(e ast.Expr) (s string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		left, leftWhole := constantText(e.X)
		if !leftWhole {
			return left, false
		}
		right, rightWhole := constantText(e.Y)
		return left + right, rightWhole
	}
	return "", false
}
