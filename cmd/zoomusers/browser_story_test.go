package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

const frenchHeader = "E-mail;Prénom;Nom;Service;Groupe d’utilisateurs;Groupe de discussion;Intitulé du poste;Emplacement"

// frenchWrong is a row whose address is none.
const frenchWrong = "francois.ohara@example;François;O’Hara;Finance;Finance;;Trésorier;Liège"

// frenchPeople are rows that can be used; enough of them for the progress to be seen.
func frenchPeople() []string {
	lines := []string{
		"amelie.lefevre@example.org;Amélie;Lefèvre;Ingénierie;Engineering;;Ingénieure logiciel;Besançon",
		"benoit.noel@example.org;Benoît;Noël;Ventes;Sales;;Chargé de clientèle;Orléans",
		"cecile.garcon@example.org;Cécile;Garçon;Marketing;Marketing;;« Cheffe » de marque;Saint-Étienne",
		"daphne.coeur@example.org;Daphné;Cœur;Assistance;Support;;\"Technicienne; niveau 2\";Nîmes",
		"gaelle.le-roux@example.org;Gaëlle;Le Roux;Finance;Finance;;Comptable;Angoulême",
	}
	for i := range 50 {
		lines = append(lines, fmt.Sprintf("stagiaire%02d@example.org;Éloïse;Hamon %d;Assistance;Support;;Stagiaire;Fès", i+1, i+1))
	}
	return lines
}

// frenchRoster is a file as Excel saves it in France: semicolons, Windows-1252, its line ends, French headers.
func frenchRoster(t *testing.T) []byte {
	t.Helper()
	lines := append([]string{frenchHeader, frenchWrong}, frenchPeople()...)
	data, err := charmap.Windows1252.NewEncoder().Bytes([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestBrowser plays the main job on the page, in French.
func TestBrowser(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	s := newStage(t, demoOptions{people: 60, latency: 400 * time.Millisecond, plan: zoomtest.PlanPro})
	s.serve(t)

	b.open(s.slackURL + "/?as=" + slacktest.UserDelphine + "&channel=" + slacktest.ChannelAdmins)
	b.see(hook("channel-name"), "zoom-admins")
	b.wait("the bot is shown as connected", all(hook("app-status", "connected", "true"))+".length > 0")
	b.shot("01-quiet-channel")

	// A file from the desktop.
	b.drag(hook("messages"), "nouveaux arrivants.csv", frenchRoster(t), "dragenter", "dragover")
	b.see(".drop-sign", "zoom-admins")
	b.shot("02-file-above")
	b.drag(hook("messages"), "nouveaux arrivants.csv", frenchRoster(t), "drop")
	b.see(hook("pending-file", "name", "nouveaux arrivants.csv"), "nouveaux")
	b.shot("03-file-attached")
	b.click(hook("send"))
	b.see(hook("messages")+" "+hook("file-card", "name", "nouveaux arrivants.csv"), "nouveaux")

	// The dry run in the language of who asked.
	b.click(hook("replies"))
	thread := hook("thread-messages") + " "
	b.see(thread+hook("message"), "simulation")
	b.see(thread+hook("message"), "francois.ohara@example")
	b.see(thread+hook("message"), "@zoom-approvers")
	b.see(thread+hook("button", "action-id", bot.ActionApprove), "Approve")
	b.wait("the plan file", all(thread+hook("file-download"))+".length > 0")
	b.shot("04-dry-run")
	b.click(thread + hook("file-preview") + " summary")
	b.see(thread+hook("csv-preview"), "Lefèvre")
	b.shot("05-plan-preview")

	// Another person approves.
	b.choose(hook("as-switch"), slacktest.UserBen)
	b.see(hook("messages")+" "+hook("day"), "Today")
	b.see(thread+hook("button", "action-id", bot.ActionApprove), "Approve")
	b.click(thread + hook("button", "action-id", bot.ActionApprove))
	b.see(hook("confirm"), "55")
	b.shot("06-confirm")
	b.click(hook("confirm-ok"))
	b.gone(hook("confirm"))
	b.see(thread+hook("message"), "█")
	b.shot("07-progress")

	// The report and its files.
	b.wait("the report", all(thread+hook("file-download", "name", "succeeded.csv"))+".length > 0")
	b.wait("the report", all(thread+hook("file-download", "name", "failed.csv"))+".length > 0")
	b.gone(thread + hook("button", "action-id", bot.ActionApprove))
	b.see(thread+hook("message"), "Approuvé")
	b.wait("the report below its files", all(thread+hook("message"))+`.at(-1).textContent.includes("nouveaux arrivants.csv")`)
	b.shot("08-report")
	s.zoom.ActivateAll()
	b.see(thread+hook("message"), "Chaque ligne a son résultat")
	eval[bool](b, `(`+all(thread+hook("message"))+`.at(1).scrollIntoView({ block: "start" }), true)`)
	b.shot("09-done")

	checkFrenchFiles(t, b, thread)
	if u, ok := s.zoom.User("daphne.coeur@example.org"); !ok || u.LastName != "Cœur" || u.JobTitle != "Technicienne; niveau 2" || u.Status != zoomtest.Active {
		t.Errorf("the account has %+v", u)
	}
	if got := s.created(); got != 55 {
		t.Errorf("%d people were added, want 55", got)
	}
}

// checkFrenchFiles downloads the result files from the page: in the form of the file that was posted, to be opened again
// by the program that saved it.
func checkFrenchFiles(t *testing.T, b *browser, thread string) {
	t.Helper()
	for name, want := range map[string][]string{"succeeded.csv": frenchPeople(), "failed.csv": {frenchWrong}} {
		data := string(b.fetched(thread + hook("file-download", "name", name)))
		text, bom := strings.CutPrefix(data, "\ufeff")
		if !bom {
			t.Errorf("%s has no byte order mark, without which Excel spoils its accents", name)
		}
		lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
		if !strings.HasPrefix(lines[0], frenchHeader+";") {
			t.Errorf("%s begins with %q, want the columns of the file that was posted", name, lines[0])
		}
		if diff := cmp.Diff(want, lines[1:], cmp.Comparer(func(a, b string) bool {
			return strings.HasPrefix(a, b+";") || strings.HasPrefix(b, a+";")
		})); diff != "" {
			t.Errorf("rows of %s (-want +got):\n%s", name, diff)
		}
	}
}

// TestBrowserForms uses the form, the reasons for a rejection and the commands on the page, in English.
func TestBrowserForms(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	s := newStage(t, demoOptions{})
	s.serve(t)
	b.open(s.slackURL + "/?as=" + slacktest.UserAda + "&channel=" + slacktest.ChannelAdmins)
	b.see(hook("channel-name"), "zoom-admins")

	// Commands: what there is, and what they say.
	b.typeInto(hook("composer"), "/")
	b.see(hook("command"), bot.Command)
	b.shot("11-command-suggested")
	b.typeInto(hook("composer"), "zoomusers help")
	b.click(hook("send"))
	b.see(hook("message", "ephemeral", "true"), "/zoomusers import")
	b.shot("12-help")

	// The form: a file, the kind of user, a dry run only.
	b.typeInto(hook("composer"), "/zoomusers import")
	b.click(hook("send"))
	b.see(hook("modal", "callback-id", bot.CallbackImport), "Licensed")
	b.shot("13-form")
	b.click(hook("modal-submit"))
	b.wait("the form says that the file is missing", all(hook("input-error"))+".length > 0")
	b.shot("14-form-without-file")
	b.drag(".file-zone", "roster.csv", []byte(shortRoster), "dragenter", "dragover", "drop")
	b.see(hook("modal-file", "name", "roster.csv"), "roster.csv")
	b.choose(hook("select", "action-id", "user_type"), "2")
	b.click(hook("checkboxes", "action-id", "dry_run") + " input")
	b.shot("15-form-filled")
	b.click(hook("modal-submit"))
	b.gone(hook("modal"))
	b.see(hook("messages")+" "+hook("message"), "5 people, Licensed")
	b.shot("16-dry-run-only")
	b.gone(hook("button", "action-id", bot.ActionApprove))

	// A rejection with its reason.
	b.drag(hook("messages"), "again.csv", []byte(strings.ReplaceAll(shortRoster, "Sales", "Design")), "dragenter", "dragover", "drop")
	b.see(hook("pending-file", "name", "again.csv"), "again")
	b.click(hook("send"))
	b.see(hook("messages")+" "+hook("file-card", "name", "again.csv"), "again.csv")
	b.click(hook("message") + ":has(" + hook("file-card", "name", "again.csv") + ") " + hook("replies"))
	thread := hook("thread-messages") + " "
	b.see(thread+hook("button", "action-id", bot.ActionReject), "Reject")
	b.choose(hook("as-switch"), slacktest.UserChiara)
	b.click(thread + hook("button", "action-id", bot.ActionReject))
	b.see(hook("modal", "callback-id", bot.CallbackReject), "Reject")
	b.shot("17-reject")
	b.typeInto(hook("modal")+" textarea", "Please add the managers first.")
	b.click(hook("modal-submit"))
	b.gone(hook("modal"))
	b.see(thread+hook("message"), "Please add the managers first.")
	b.gone(thread + hook("button", "action-id", bot.ActionApprove))
	b.shot("18-rejected")

	if got := s.created(); got != 0 {
		t.Errorf("%d people were added without an approval", got)
	}
}

// TestBrowserPicture makes the picture of the README, seen by an approver: a job that is through in the channel, and the dry run
// of the sample with its buttons in a thread.
func TestBrowserPicture(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.do("make the window larger", chromedp.EmulateViewport(1440, 1000))
	s := newStage(t, demoOptions{people: 120})
	s.serve(t)
	b.open(s.slackURL + "/?as=" + slacktest.UserAda + "&channel=" + slacktest.ChannelAdmins)
	b.see(hook("channel-name"), "zoom-admins")

	// A form posts the card itself to the channel.
	b.typeInto(hook("composer"), "/zoomusers import")
	b.click(hook("send"))
	b.see(hook("modal", "callback-id", bot.CallbackImport), "Licensed")
	good, _, _ := strings.Cut(shortRoster, "fritz@")
	b.drag(".file-zone", "sales-team.csv", []byte(good), "dragenter", "dragover", "drop")
	b.see(hook("modal-file", "name", "sales-team.csv"), "sales-team.csv")
	b.click(hook("modal-submit"))
	b.gone(hook("modal"))
	channelCard := func(want jobs.State) (card pageMessage) {
		eventually(t, "a card in the channel shows "+string(want), func() bool {
			for _, m := range s.state(slacktest.UserBen).Messages {
				if m.Metadata.EventType == bot.CardEvent && m.Metadata.EventPayload["state"] == string(want) {
					card = m
					return true
				}
			}
			return false
		})
		return card
	}
	card := channelCard(jobs.StateAwaitingApproval)
	if a := s.click(slacktest.UserBen, &card, bot.ActionApprove); !a.OK {
		t.Fatalf("approve: %s", a.Error)
	}
	channelCard(jobs.StateFinishing)
	s.zoom.ActivateAll()
	channelCard(jobs.StateDone)

	if _, err := s.slack.Post(slacktest.UserAda, slacktest.ChannelAdmins, "Next week’s joiners: Ben, can you have a look?"); err != nil {
		t.Fatal(err)
	}
	ts := s.upload(slacktest.UserAda, slacktest.ChannelAdmins, "new-joiners.csv", pictured())
	s.waitCard(ts, jobs.StateAwaitingApproval)
	b.open(s.slackURL + "/?as=" + slacktest.UserBen + "&channel=" + slacktest.ChannelAdmins + "&thread=" + ts)
	thread := hook("thread-messages") + " "
	approve := thread + hook("button", "action-id", bot.ActionApprove)
	b.see(approve, "Approve")
	b.wait("the plan file", all(thread+hook("file-download"))+".length > 1")
	// The card from its head on; replies that come in take the thread to its end.
	b.see(thread+hook("message"), "The whole plan")
	b.wait("the head of the card", `(() => {
		const card = `+all(thread+hook("message"))+`.find((e) => e.textContent.includes("awaiting approval"));
		const before = card.getBoundingClientRect().top;
		card.scrollIntoView({ block: "start" });
		return before === card.getBoundingClientRect().top;
	})()`)
	b.shot("20-readme")
}

// pictured is the part of the sample whose card has room in the picture: people who are fine, and one whose address is wrong.
func pictured() []byte {
	var out []byte
	for line := range bytes.Lines(sampleRoster) {
		if len(out) < 3000 || bytes.Contains(line, []byte("@example,")) {
			out = append(out, line...)
		}
	}
	return out
}
