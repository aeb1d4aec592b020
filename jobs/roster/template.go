package roster

import (
	"slices"
	"strings"
)

// TemplateFields lists the columns of a template for new people, in the
// portal's order.
func TemplateFields() []Field {
	return []Field{Email, FirstName, LastName, Department, Manager, UserGroup, ChatGroup, JobTitle, Location}
}

// UpdateFields lists the columns that a file may change, in the order of the
// portal's update file; those that the portal lacks come last.
func UpdateFields() []Field {
	return []Field{
		Email, FirstName, LastName, PhoneNumber, Department, Manager, UserGroup, UserType, LargeMeeting, Webinar, ZoomEvents, TranslatedCaptions,
		JobTitle, Location, ChatGroup, DisplayName, Company, CostCenter, Division, Language, Timezone, Pronouns, Action,
	}
}

// TemplateOptions say what a template has.
type TemplateOptions struct {
	// Language is a tag such as fr-CA; English when it is not known.
	Language string
	// Update asks for the columns of [UpdateFields] in place of those of
	// [TemplateFields].
	Update bool
	// Fields are the columns in their order, in place of either.
	Fields []Field
	// Example has cells of the example row that replace the built-in ones,
	// for instance with groups that the account has.
	Example map[Field]string
}

// Template gives a file to fill in: the header in a language and one example
// row. It starts with a byte order mark and uses the delimiter that
// spreadsheets of that language expect.
func Template(o TemplateOptions) []byte {
	language, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(o.Language, "_", "-")), "-")
	delim := ','
	switch language {
	case "fr", "de", "es", "pt", "it", "nl":
		delim = ';'
	case "ja":
	default:
		language = "en"
	}
	fields := o.Fields
	switch {
	case len(fields) > 0:
	case o.Update:
		fields = UpdateFields()
	default:
		fields = TemplateFields()
	}
	if !slices.Contains(fields, Email) {
		fields = append([]Field{Email}, fields...)
	}
	built := exampleOf(language)
	header, row := make([]string, len(fields)), make([]string, len(fields))
	for i, f := range fields {
		header[i], row[i] = HeaderName(f, language), built[f]
		if v, ok := o.Example[f]; ok {
			row[i] = v
		}
	}
	var b strings.Builder
	// A strings.Builder does not fail.
	_ = Write(&b, header, [][]string{row}, WriteOptions{Delimiter: delim, BOM: true, FormulaSafe: true})
	return []byte(b.String())
}

// exampleOf is a made-up person.
func exampleOf(language string) map[Field]string {
	e := examplePerson(language)
	// Codes are the same in every language.
	e[UserType], e[LargeMeeting], e[Webinar], e[Action] = typeLicensed, "500", addOnOff, ActionUpdate
	e[ZoomEvents], e[TranslatedCaptions] = addOnOff, addOnYes
	e[CostCenter] = "4711"
	e[DisplayName] = e[FirstName] + " " + e[LastName]
	if language == "ja" {
		e[DisplayName] = e[LastName] + e[FirstName]
	}
	return e
}

func examplePerson(language string) map[Field]string {
	switch language {
	case "fr":
		return map[Field]string{
			Email: "camille.martin@example.com", FirstName: "Camille", LastName: "Martin", Department: "Ventes",
			Manager: "chef.ventes@example.com", UserGroup: "Ventes; Formation", ChatGroup: "Ventes Europe",
			JobTitle: "Ingénieure commerciale", Location: "Lyon", Company: "Exemple SA", Division: "Europe", //nolint:misspell // Not English.
			PhoneNumber: "[Mobile] +33 612345678", Language: "fr-FR", Timezone: "Europe/Paris", Pronouns: "elle",
		}
	case "de":
		return map[Field]string{
			Email: "jana.becker@example.com", FirstName: "Jana", LastName: "Becker", Department: "Vertrieb",
			Manager: "leitung@example.com", UserGroup: "Vertrieb; Schulung", ChatGroup: "Vertrieb Europa",
			JobTitle: "Kundenberaterin", Location: "München", Company: "Beispiel GmbH", Division: "Europa",
			PhoneNumber: "[Office] +49 8912345678", Language: "de-DE", Timezone: "Europe/Berlin", Pronouns: "sie",
		}
	case "es":
		return map[Field]string{
			Email: "lucia.gomez@example.com", FirstName: "Lucía", LastName: "Gómez", Department: "Ventas",
			Manager: "jefe@example.com", UserGroup: "Ventas; Formación", ChatGroup: "Ventas Europa",
			JobTitle: "Asesora comercial", Location: "Sevilla", Company: "Ejemplo SL", Division: "Europa",
			PhoneNumber: "[Mobile] +34 612345678", Language: "es-ES", Timezone: "Europe/Madrid", Pronouns: "ella",
		}
	case "pt":
		return map[Field]string{
			Email: "ines.souza@example.com", FirstName: "Inês", LastName: "Souza", Department: "Vendas",
			Manager: "gerente@example.com", UserGroup: "Vendas; Treinamento", ChatGroup: "Vendas Europa",
			JobTitle: "Analista comercial", Location: "São Paulo", Company: "Exemplo Ltda.", Division: "Europa",
			PhoneNumber: "[Mobile] +55 11912345678", Language: "pt-PT", Timezone: "America/Sao_Paulo", Pronouns: "ela",
		}
	case "it":
		return map[Field]string{
			Email: "giulia.conti@example.com", FirstName: "Giulia", LastName: "Conti", Department: "Vendite",
			Manager: "capo@example.com", UserGroup: "Vendite; Formazione", ChatGroup: "Vendite Europa",
			JobTitle: "Consulente", Location: "Torino", Company: "Esempio SpA", Division: "Europa",
			PhoneNumber: "[Mobile] +39 3123456789", Language: "it-IT", Timezone: "Europe/Rome", Pronouns: "lei",
		}
	case "nl":
		return map[Field]string{
			Email: "sanne.devries@example.com", FirstName: "Sanne", LastName: "de Vries", Department: "Verkoop",
			Manager: "leiding@example.com", UserGroup: "Verkoop; Training", ChatGroup: "Verkoop Europa",
			JobTitle: "Consulent", Location: "Utrecht", Company: "Voorbeeld BV", Division: "Europa",
			PhoneNumber: "[Mobile] +31 612345678", Language: "nl-NL", Timezone: "Europe/Amsterdam", Pronouns: "zij/haar",
		}
	case "ja":
		return map[Field]string{
			Email: "hanako.sato@example.com", FirstName: "花子", LastName: "佐藤", Department: "営業部",
			Manager: "kacho@example.com", UserGroup: "営業; 研修", ChatGroup: "営業チーム",
			JobTitle: "主任", Location: "大阪", Company: "例株式会社", Division: "国内",
			PhoneNumber: "[Mobile] +81 9012345678", Language: "jp-JP", Timezone: "Asia/Tokyo", Pronouns: "彼女",
		}
	default:
		return map[Field]string{
			Email: "jane.doe@example.com", FirstName: "Jane", LastName: "Doe", Department: "Sales",
			Manager: "head.of.sales@example.com", UserGroup: "Sales; Training", ChatGroup: "Sales Europe",
			JobTitle: "Account executive", Location: "Leeds", Company: "Example Ltd", Division: "Europe",
			PhoneNumber: "[Mobile] +44 7912345678", Language: "en-US", Timezone: "Europe/London", Pronouns: "she/her",
		}
	}
}
