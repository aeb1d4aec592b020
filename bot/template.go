package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/zoomusers/zoomusers/jobs"
	"github.com/zoomusers/zoomusers/jobs/roster"
)

// The kinds of template, as they are typed.
const (
	templateImport = "import"
	templateUpdate = "update"
)

// templateLanguages are those in which a template can be had: the ones whose headers are read.
func templateLanguages() []string {
	return []string{"en", "fr", "de", "es", "pt", "it", "nl", "ja"}
}

// cmdTemplate sends a file to fill in, with the columns and the values of the account.
func (b *Bot) cmdTemplate(ctx context.Context, in invocation) (answer, error) {
	p := in.p
	kind, language := templateImport, p.Language()
	for _, word := range in.args {
		tag, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(word), "_", "-"), "-")
		switch {
		case strings.EqualFold(word, templateImport), strings.EqualFold(word, templateUpdate):
			kind = strings.ToLower(word)
		case slices.Contains(templateLanguages(), tag):
			language = tag
		default:
			return answer{text: p.T("cmd.template.unknown", "word", esc(cut(word, 40)),
				"kinds", templateImport+", "+templateUpdate, "languages", strings.Join(templateLanguages(), ", "))}, nil
		}
	}
	o := roster.TemplateOptions{Language: language, Update: kind == templateUpdate}
	said := p.T("cmd.template.sent")
	account, err := b.jobs.Columns(ctx)
	if err != nil {
		// A template that is less to the point is better than none.
		b.log.WarnContext(ctx, "account not read for a template", "err", err)
		said += " " + p.T("cmd.template.plain")
	} else {
		o = accountTemplate(o, &account)
	}
	err = b.sendFile(ctx, in.UserID, upload{
		name: "zoomusers-" + kind + "-template.csv", data: roster.Template(o), comment: p.T("cmd.template." + kind),
	})
	if err != nil {
		return answer{}, err
	}
	return answer{text: said}, nil
}

// accountTemplate leaves out the columns for which the account has nothing, adds those that it defined, and fills the example
// with its own groups, divisions and licences.
func accountTemplate(o roster.TemplateOptions, a *jobs.AccountColumns) roster.TemplateOptions {
	fields := roster.TemplateFields()
	if o.Update {
		fields = roster.UpdateFields()
	}
	o.Example = make(map[roster.Field]string)
	own := map[roster.Field]string{
		roster.UserGroup: exampleGroups(a.Groups), roster.ChatGroup: exampleGroups(a.ChatGroups[:min(len(a.ChatGroups), 1)]),
		roster.Division: columnExample(a, roster.Division), roster.LargeMeeting: largestFree(a, roster.LargeMeeting),
		roster.Webinar: largestFree(a, roster.Webinar), roster.ZoomEvents: "", roster.TranslatedCaptions: "",
	}
	for _, f := range fields {
		value, bound := own[f]
		switch {
		case !bound:
		case value != "":
			o.Example[f] = value
		case f == roster.UserGroup && a.GroupsUnreadable, f == roster.ChatGroup && a.ChatGroupsUnreadable, f == roster.UserGroup && !o.Update:
			// The column may be filled, only with what is not known here.
			o.Example[f] = ""
		default:
			continue
		}
		o.Fields = append(o.Fields, f)
	}
	for i, name := range a.Attributes {
		f := roster.CustomField(name)
		o.Fields = append(o.Fields, f)
		o.Example[f] = strconv.Itoa(i + 1)
	}
	if at := slices.Index(o.Fields, roster.Action); at >= 0 {
		// The column that says what to do comes last, where it is seen.
		o.Fields = append(slices.Delete(o.Fields, at, at+1), roster.Action)
	}
	return o
}

// largestFree is the largest capacity of an add-on of which the account has a seat left, or else any that it has.
func largestFree(a *jobs.AccountColumns, f roster.Field) string {
	best := columnExample(a, f)
	for _, l := range a.Licences() {
		if field, n, ok := l.Split(); ok && field == f && a.Pools[l].Free() > 0 {
			best = strconv.Itoa(n)
		}
	}
	return best
}
