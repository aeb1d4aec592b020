package plan_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/zoomusers/zoomusers/jobs/plan"
	"github.com/zoomusers/zoomusers/jobs/roster"
	"github.com/zoomusers/zoomusers/zoomapi"
)

var update = flag.Bool("update", false, "write the goldens of testdata/*.txtar anew")

// accountFile is the part account.json of an archive, with the options beside it. Users are in Zoom's JSON.
type accountFile struct {
	UserType   int                  `json:"user_type"`
	Action     zoomapi.CreateAction `json:"action"`
	Tier       zoomapi.Plan         `json:"tier"`
	Users      []zoomapi.User       `json:"users"`
	ListedOnly bool                 `json:"listed_only"`
	Groups     []plan.Group         `json:"groups"`
	Unreadable bool                 `json:"chat_groups_unreadable"`
	Licences   struct {
		Known    bool `json:"known"`
		Total    int  `json:"total"`
		Used     int  `json:"used"`
		Reserved int  `json:"reserved"`
	} `json:"licences"`
}

// TestText plans every archive of testdata: roster.csv and account.json in, the text of the plan out.
func TestText(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := make(map[string][]byte)
			for _, f := range archive.Files {
				parts[f.Name] = f.Data
			}
			r, err := roster.Read(parts["roster.csv"], roster.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var in accountFile
			if err := json.Unmarshal(parts["account.json"], &in); err != nil {
				t.Fatal(err)
			}
			a := withGroups(accountOf(in.Users...), in.Groups...)
			a.Licences, a.ChatGroupsUnreadable, a.Reads = plan.Licences(in.Licences), in.Unreadable, 4
			if in.ListedOnly {
				a.Detailed = nil
			}
			o := basic()
			o.UserType, o.CreateAction, o.Tier = in.UserType, in.Action, in.Tier
			got := build(t, r, a, o).Text()
			if *update {
				archive.Files = []txtar.File{
					{Name: "roster.csv", Data: parts["roster.csv"]},
					{Name: "account.json", Data: parts["account.json"]},
					{Name: "plan.txt", Data: []byte(got)},
				}
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(parts["plan.txt"]), got); diff != "" {
				t.Errorf("plan mismatch (-want +got):\n%s", diff)
			}
		})
	}
}
