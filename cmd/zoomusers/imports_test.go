package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const modulePath = "github.com/zoomusers/zoomusers"

// packageMap says which packages of ours each package's product code may
// import. A package that is not here fails the test: adding one is a decision.
func packageMap() map[string][]string {
	return map[string][]string{
		"cmd/zoomusers": {
			"bot", "bot/slacktest", "bot/text", "jobs", "jobs/plan", "jobs/redisstore",
			"jobs/roster", "zoomapi", "zoomapi/zoomredis", "zoomapi/zoomtest",
		},
		"bot":                         {"bot/text", "jobs", "jobs/plan", "jobs/roster"},
		"bot/slacktest":               {},
		"bot/text":                    {"jobs", "jobs/plan", "jobs/roster"},
		"jobs":                        {"jobs/plan", "jobs/roster", "zoomapi"},
		"jobs/plan":                   {"jobs/roster", "zoomapi"},
		"jobs/redisstore":             {"jobs", "jobs/plan", "jobs/roster"},
		"jobs/roster":                 {"jobs/roster/workbook"},
		"jobs/roster/workbook":        {},
		"zoomapi":                     {},
		"zoomapi/zoomredis":           {"zoomapi"},
		"zoomapi/zoomredis/redistest": {},
		"zoomapi/zoomtest":            {},
	}
}

// homes says which packages' product code may import what comes from outside,
// by path prefix; no home at all means tests only.
func homes() map[string][]string {
	return map[string][]string{
		"github.com/redis/go-redis":       {"cmd/zoomusers", "jobs/redisstore", "zoomapi/zoomredis", "zoomapi/zoomredis/redistest"},
		"github.com/go-redis/redis_rate":  {"zoomapi/zoomredis"},
		"github.com/bsm/redislock":        {"zoomapi/zoomredis"},
		"github.com/hibiken/asynq":        {"cmd/zoomusers", "jobs/redisstore"},
		"github.com/alicebob/miniredis":   {"cmd/zoomusers", "zoomapi/zoomredis/redistest"},
		"github.com/slack-go/slack":       {"bot", "bot/slacktest", "cmd/zoomusers"},
		"github.com/xuri/excelize":        {"jobs/roster/workbook"},
		"github.com/chromedp":             {},
		"github.com/google/go-cmp":        {},
		"github.com/rogpeppe/go-internal": {},
		"pgregory.net/rapid":              {},
		"testing":                         {"zoomapi/zoomredis/redistest"},
		"net/http/httptest":               {},
	}
}

// pure says which packages neither open files nor connections, nor read the
// environment, in product code.
func pure() []string { return []string{"jobs/plan", "jobs/roster", "jobs/roster/workbook"} }

// goFile is what the rules look at in one file.
type goFile struct {
	path    string // slash separated, from the module's root
	name    string // of the package
	doc     string
	imports map[string]int // line by import path
}

func (f goFile) dir() string { return path.Dir(f.path) }

func (f goFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// readTree parses the head of every Go file. It reads instead of asking the go
// command, so that a changed import always reruns a cached test.
func readTree(root fs.FS) ([]goFile, error) {
	var files []goFile
	err := fs.WalkDir(root, ".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if p != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "vendor") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		source, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, p, source, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		f := goFile{path: p, name: tree.Name.Name, imports: map[string]int{}}
		if tree.Doc != nil {
			f.doc = tree.Doc.Text()
		}
		for _, spec := range tree.Imports {
			f.imports[importPath(spec)] = fset.Position(spec.Pos()).Line
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

func importPath(spec *ast.ImportSpec) string {
	unquoted, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return unquoted
}

func under(importPath, prefix string) bool {
	return importPath == prefix || strings.HasPrefix(importPath, prefix+"/")
}

// breaches lists every import that the maps do not allow, as file:line: why.
func breaches(files []goFile) []string {
	ours, thirdParty := packageMap(), homes()
	var out []string
	for _, f := range files {
		allowed, known := ours[f.dir()]
		if !known {
			out = append(out, fmt.Sprintf("%s:1: package %s is not in the package map", f.path, f.dir()))
			continue
		}
		if f.isTest() {
			continue // The compiler forbids the cycles; the rest is a test's business.
		}
		for imp, line := range f.imports {
			refuse := func(why string) { out = append(out, fmt.Sprintf("%s:%d: %s", f.path, line, why)) }
			if imp == modulePath || under(imp, modulePath) {
				dir := strings.TrimPrefix(strings.TrimPrefix(imp, modulePath), "/")
				isFake := dir == "zoomapi/zoomtest" || dir == "bot/slacktest"
				switch {
				case !slices.Contains(allowed, dir):
					refuse(fmt.Sprintf("%s must not import %s", f.dir(), dir))
				case isFake && !strings.HasPrefix(path.Base(f.path), "demo"):
					refuse("only the demo's files and tests import " + dir)
				}
				continue
			}
			for prefix, at := range thirdParty {
				if under(imp, prefix) && !slices.Contains(at, f.dir()) {
					refuse(fmt.Sprintf("%s must not import %s", f.dir(), imp))
				}
			}
			if slices.Contains(pure(), f.dir()) && slices.Contains([]string{"os", "net", "net/http", "os/exec", "syscall"}, imp) {
				refuse(fmt.Sprintf("%s is pure and must not import %s", f.dir(), imp))
			}
		}
	}
	slices.Sort(out)
	return out
}

// undocumented lists the packages without a package comment.
func undocumented(files []goFile) []string {
	documented := map[string]bool{}
	for _, f := range files {
		if f.isTest() {
			continue
		}
		start := "Package " + f.name + " "
		if f.name == "main" {
			start = "Command " + path.Base(f.dir()) + " "
		}
		documented[f.dir()] = documented[f.dir()] || strings.HasPrefix(f.doc, start)
	}
	var out []string
	for dir, ok := range documented {
		if !ok {
			out = append(out, dir)
		}
	}
	slices.Sort(out)
	return out
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatalf("the module's root is not two folders up: %v", err)
	}
	return root
}

func moduleFiles(t *testing.T) []goFile {
	t.Helper()
	files, err := readTree(os.DirFS(moduleRoot(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go file found")
	}
	return files
}

func TestImportsFollowPackageMap(t *testing.T) {
	t.Parallel()
	files := moduleFiles(t)
	for _, b := range breaches(files) {
		t.Error(b)
	}
	for dir := range packageMap() {
		if !slices.ContainsFunc(files, func(f goFile) bool { return f.dir() == dir }) {
			t.Errorf("package %s is in the package map but has no files", dir)
		}
	}
}

func TestPackagesHaveDocs(t *testing.T) {
	t.Parallel()
	for _, dir := range undocumented(moduleFiles(t)) {
		t.Errorf("package %s has no package comment", dir)
	}
}

func TestTopLevelFolders(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(moduleRoot(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			got = append(got, e.Name())
		}
		if strings.HasSuffix(e.Name(), ".go") {
			t.Errorf("%s: no Go at the root", e.Name())
		}
	}
	want := []string{"bot", "cmd", "deployments", "jobs", "zoomapi"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("top-level folders (-want +got):\n%s", diff)
	}
}

// TestCheckerFindsPlantedBreaches keeps the two tests above from passing by
// looking at nothing.
func TestCheckerFindsPlantedBreaches(t *testing.T) {
	t.Parallel()
	source := func(head string, imports ...string) *fstest.MapFile {
		var b strings.Builder
		b.WriteString(head + "\n")
		for _, imp := range imports {
			fmt.Fprintf(&b, "import _ %q\n", strings.Replace(imp, "ours", modulePath, 1))
		}
		return &fstest.MapFile{Data: []byte(b.String())}
	}
	tree := fstest.MapFS{
		"zoomapi/client.go":          source("// Package zoomapi is fine.\npackage zoomapi", "net/http"),
		"zoomapi/client_test.go":     source("package zoomapi_test", "ours/zoomapi", "ours/zoomapi/zoomtest", "testing"),
		"jobs/roster/read.go":        source("// Package roster breaks the rules.\npackage roster", "ours/zoomapi", "os"),
		"jobs/plan/plan.go":          source("// Plan without the word package.\npackage plan", "ours/jobs", "ours/jobs/roster"),
		"bot/bot.go":                 source("package bot", "ours/jobs", "ours/jobs/redisstore", "github.com/redis/go-redis/v9", "github.com/slack-go/slack/socketmode"),
		"bot/testdata/ignored.go":    source("package ignored", "ours/zoomapi"),
		"cmd/zoomusers/demo_bot.go":  source("// Command zoomusers is fine.\npackage main", "ours/bot/slacktest"),
		"cmd/zoomusers/serve.go":     source("package main", "ours/bot/slacktest", "ours/zoomapi"),
		"jobs/store.go":              source("// Package jobs is fine.\npackage jobs", "testing", "testing/fstest", "net/http"),
		"jobs/redisstore/script.go":  source("// Package redisstore is fine.\npackage redisstore", "ours/jobs", "github.com/hibiken/asynq"),
		"util/util.go":               source("package util"),
		"zoomapi/zoomtest/server.go": source("// Package zoomtest is fine.\npackage zoomtest"),
	}
	files, err := readTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"bot/bot.go:3: bot must not import jobs/redisstore",
		"bot/bot.go:4: bot must not import github.com/redis/go-redis/v9",
		"cmd/zoomusers/serve.go:2: only the demo's files and tests import bot/slacktest",
		"jobs/plan/plan.go:3: jobs/plan must not import jobs",
		"jobs/roster/read.go:3: jobs/roster must not import zoomapi",
		"jobs/roster/read.go:4: jobs/roster is pure and must not import os",
		"jobs/store.go:3: jobs must not import testing",
		"jobs/store.go:4: jobs must not import testing/fstest",
		"util/util.go:1: package util is not in the package map",
	}
	if diff := cmp.Diff(want, breaches(files)); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"bot", "jobs/plan", "util"}, undocumented(files)); diff != "" {
		t.Errorf("undocumented packages (-want +got):\n%s", diff)
	}
}
