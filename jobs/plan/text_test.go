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
	Mode         plan.Mode            `json:"mode"`
	UserType     int                  `json:"user_type"`
	LargeMeeting int                  `json:"large_meeting"`
	Webinar      int                  `json:"webinar"`
	Action       zoomapi.CreateAction `json:"action"`
	Tier         zoomapi.Plan         `json:"tier"`
	GroupNames   map[string]string    `json:"group_names"`
	CreateGroups bool                 `json:"create_groups"`

	Users      []zoomapi.User                 `json:"users"`
	ListedOnly bool                           `json:"listed_only"`
	Incomplete bool                           `json:"incomplete"`
	Groups     []plan.Group                   `json:"groups"`
	Unreadable bool                           `json:"chat_groups_unreadable"`
	Pools      map[plan.Licence]plan.Licences `json:"pools"`
	Features   map[string]zoomapi.Features    `json:"features"`
	Members    map[string]map[string]bool     `json:"members"`
	Divisions  []plan.Division                `json:"divisions"`
	Attributes []plan.Attribute               `json:"attributes"`
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
			var in accountFile
			if err := json.Unmarshal(parts["account.json"], &in); err != nil {
				t.Fatal(err)
			}
			var read roster.Options
			if in.Mode != "" && in.Mode != plan.ModeImport {
				read.Required = []roster.Field{roster.Email}
			}
			r, err := roster.Read(parts["roster.csv"], read)
			if err != nil {
				t.Fatal(err)
			}
			a := withGroups(accountOf(in.Users...), in.Groups...)
			a.ChatGroupsUnreadable, a.Reads, a.Complete = in.Unreadable, 4, !in.Incomplete
			a.Pools, a.Features, a.Members = in.Pools, in.Features, in.Members
			a.Divisions, a.Attributes = in.Divisions, in.Attributes
			if in.ListedOnly {
				a.Detailed = nil
			}
			o := basic()
			o.Mode, o.UserType, o.CreateAction, o.Tier = in.Mode, in.UserType, in.Action, in.Tier
			o.LargeMeeting, o.Webinar, o.GroupNames, o.CreateGroups = in.LargeMeeting, in.Webinar, in.GroupNames, in.CreateGroups
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
