package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// defaultConfigFile is read when it exists and no other file was named.
const defaultConfigFile = "zoomusers.yaml"

// readFile finds the configuration file and reads it.
func (c *Config) readFile(given givenFlags, getenv func(string) string, readFile func(string) ([]byte, error)) error {
	path, named := given["config"], "--config"
	if path == "" {
		path, named = getenv("ZOOMUSERS_CONFIG"), "ZOOMUSERS_CONFIG"
	}
	if path == "" {
		path, named = defaultConfigFile, ""
	}
	data, err := readFile(path)
	switch {
	case named == "" && errors.Is(err, fs.ErrNotExist):
		return nil
	case named == "" && err != nil:
		return fmt.Errorf("read the configuration file: %w", err)
	case err != nil:
		return fmt.Errorf("read the configuration file of %s: %w", named, err)
	}
	c.File = path
	return c.decodeFile(path, data)
}

// decodeFile reads the file's syntax tree against the list of settings instead
// of decoding into a struct: a decoder stops at the first problem, and this
// names all of them with their lines.
func (c *Config) decodeFile(path string, data []byte) error {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		if syntax, ok := errors.AsType[yaml.Error](err); ok && syntax.GetToken() != nil {
			return fmt.Errorf("%s:%d: the file is not YAML: %s", path, syntax.GetToken().Position.Line, syntax.GetMessage())
		}
		return fmt.Errorf("%s: the file is not YAML: %w", path, err)
	}
	d := fileDecoder{config: c, path: path, known: map[string]setting{}, seen: map[string]int{}}
	for _, s := range settings() {
		if s.key != "" {
			d.known[s.key] = s
		}
	}
	var root ast.Node
	for _, doc := range tree.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType:
		case root != nil:
			d.refuse(doc.Body, "", "a second document begins; keep one")
		default:
			root = doc.Body
		}
	}
	if root != nil {
		d.mapping(root, "")
	}
	return errors.Join(d.problems...)
}

// fileDecoder walks one file.
type fileDecoder struct {
	config   *Config
	path     string
	known    map[string]setting
	seen     map[string]int // line by key
	problems []error
}

func (d *fileDecoder) refuse(n ast.Node, key, format string, args ...any) {
	name := fmt.Sprintf("%s:%d", d.path, line(n))
	if key != "" {
		name += ": " + key
	}
	d.problems = append(d.problems, &settingError{name, fmt.Errorf(format, args...)})
}

// mapping reads the keys of the file (section is "") or of one section.
func (d *fileDecoder) mapping(n ast.Node, section string) {
	m, ok := n.(ast.MapNode)
	if !ok {
		d.refuse(n, section, "there is %s where keys are expected, such as %s", describe(n), d.exampleKey(section))
		return
	}
	for it := m.MapRange(); it.Next(); {
		entry := it.KeyValue()
		key := entry.Key.GetToken().Value
		if section != "" {
			key = section + "." + key
		}
		if before, again := d.seen[key]; again {
			d.refuse(entry.Key, key, "set twice, first on line %d; keep one", before)
			continue
		}
		d.seen[key] = line(entry.Key)
		s, isSetting := d.known[key]
		switch {
		case isSetting:
			d.value(entry.Value, s)
		case section == "" && d.isSection(key):
			// A section whose lines are all commented out is empty, not wrong.
			if entry.Value.Type() != ast.NullType {
				d.mapping(entry.Value, key)
			}
		default:
			d.refuse(entry.Key, "", "unknown key %s; %s", key, d.suggest(key))
		}
	}
}

// value reads one setting. Types are strict, so that a plan called "no" or a
// share in quotes is noticed where it is written.
func (d *fileDecoder) value(n ast.Node, s setting) {
	if s.kind == kindList {
		items, ok := d.items(n, s)
		if !ok {
			return
		}
		if err := s.setList(d.config, items); err != nil {
			d.refuse(n, s.key, "%w", err)
		}
		return
	}
	text, ok := scalar(n, s.kind)
	if !ok {
		d.refuse(n, s.key, "the value is %s, not %s", describe(n), s.kind)
		return
	}
	if err := s.set(d.config, text); err != nil {
		d.refuse(n, s.key, "%w", err)
	}
}

func (d *fileDecoder) items(n ast.Node, s setting) ([]string, bool) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.refuse(n, s.key, "the value is %s, not %s; begin each item on its own line with a dash, or write []", describe(n), s.kind)
		return nil, false
	}
	items, good := make([]string, 0, len(seq.Values)), true
	for _, v := range seq.Values {
		text, ok := scalar(v, kindText)
		if !ok {
			d.refuse(v, s.key, "an item is %s, not text; put it in quotes", describe(v))
			good = false
			continue
		}
		items = append(items, strings.TrimSpace(text))
	}
	return items, good
}

// scalar is the text of a value, if it is written as its kind wants.
func scalar(n ast.Node, k kind) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, k == kindText || k == kindDuration
	case *ast.LiteralNode:
		return v.Value.Value, k == kindText
	case *ast.BoolNode:
		return v.Token.Value, k == kindBool
	case *ast.IntegerNode:
		return strings.ReplaceAll(v.Token.Value, "_", ""), k == kindInt || k == kindFloat
	case *ast.FloatNode:
		return v.Token.Value, k == kindFloat
	}
	return "", false
}

// describe names what a node is, in the words of the person who wrote it.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.NullNode:
		return "empty"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.BoolNode:
		return "true or false without quotes"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a group of keys"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or alias, which this file does not take"
	case *ast.TagNode:
		return "a tag, which this file does not take"
	}
	return "something else"
}

func line(n ast.Node) int {
	// A block mapping's own token is the colon of its first key.
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return tk.Position.Line
	}
	return 0
}

func (d *fileDecoder) isSection(name string) bool {
	for key := range d.known {
		if strings.HasPrefix(key, name+".") {
			return true
		}
	}
	return false
}

func (d *fileDecoder) keys() []string { return slices.Sorted(maps.Keys(d.known)) }

// exampleKey is some key of the section, written as it would stand there.
func (d *fileDecoder) exampleKey(section string) string {
	for _, key := range d.keys() {
		if leaf, ok := strings.CutPrefix(key, section+"."); ok && section != "" {
			return leaf + ":"
		}
	}
	return "slack:"
}

// suggest names the known key nearest to an unknown one: the same last word in
// another section first, as that is the commoner slip, then the fewest edits.
func (d *fileDecoder) suggest(unknown string) string {
	for _, s := range secretSettings() {
		if strings.EqualFold(strings.ReplaceAll(unknown, ".", "_"), s.env) {
			return fmt.Sprintf("it is a secret: put it in %s or %s_FILE", s.env, s.env)
		}
	}
	leaf := unknown[strings.LastIndex(unknown, ".")+1:]
	candidates := d.keys()
	if !strings.Contains(unknown, ".") {
		for _, key := range d.keys() {
			if section, _, ok := strings.Cut(key, "."); ok && !slices.Contains(candidates, section) {
				candidates = append(candidates, section)
			}
		}
	}
	best, least := "", 1+len(unknown)/3
	for _, key := range candidates {
		distance := levenshtein.ComputeDistance(unknown, key)
		if strings.HasSuffix(key, "."+leaf) {
			distance = 0
		}
		if distance < least {
			best, least = key, distance
		}
	}
	if best == "" {
		return "the keys are " + strings.Join(d.keys(), ", ")
	}
	return "did you mean " + best + "?"
}
