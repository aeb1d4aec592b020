package roster

// vocabulary is a canonical value and the words for it, in any order and any
// spelling that foldHeader makes equal.
type vocabulary struct {
	value string
	words []string
}

// wordsOf finds the canonical value of a folded word, empty when there is none.
func wordsOf(tables []vocabulary, folded string) string {
	for _, t := range tables {
		if t.value == folded {
			return t.value
		}
	}
	for _, t := range tables {
		for _, w := range t.words {
			if foldHeader(w) == folded {
				return t.value
			}
		}
	}
	return ""
}

// nearestWord suggests the canonical value whose word a folded one probably
// was meant to be.
func nearestWord(tables []vocabulary, folded string) string {
	if folded == "" || len(folded) > 60 {
		return ""
	}
	var candidates, values []string
	for _, t := range tables {
		candidates, values = append(candidates, t.value), append(values, t.value)
		for _, w := range t.words {
			candidates, values = append(candidates, foldHeader(w)), append(values, t.value)
		}
	}
	best := nearestWithin(folded, candidates, 1)
	if len(best) == 0 {
		return ""
	}
	for i, c := range candidates {
		if c == best[0] {
			return values[i]
		}
	}
	return ""
}

// Canonical values of UserType.
const (
	typeBasic      = "basic"
	typeLicensed   = "licensed"
	typeUnassigned = "unassigned"
	typeNone       = "none"
)

// isUserType reports whether v is a canonical user type.
func isUserType(v string) bool {
	switch v {
	case typeBasic, typeLicensed, typeUnassigned, typeNone:
		return true
	default:
		return false
	}
}

// userTypes has Zoom's numbers and the words of all header languages.
func userTypes() []vocabulary {
	return []vocabulary{
		{typeBasic, []string{
			"1", "basic user", "zoom basic", "meetings basic", "zoom meetings basic", "zoom workplace basic", "workplace basic", "free",
			"basique", "de base", "base", "gratuit", "gratuite", "utilisateur basique",
			"basis", "basisbenutzer", "kostenlos",
			"básico", "básica", "usuario básico", "gratis", "gratuito", "gratuita", "usuário básico", "utilizador básico",
			"di base", "utente base", "utente di base", "basisgebruiker",
			"ベーシック", "基本", "無料", "ベーシックユーザー", "基本ユーザー",
		}},
		{typeLicensed, []string{
			"2", "licensed user", "license", "licence", "licenced", "pro", "paid", "with license", "with licence", "zoom meetings licensed",
			"avec licence", "sous licence", "licencié", "licenciée", "titulaire d'une licence", "payant", "utilisateur sous licence",
			"utilisateur avec licence", "doté d'une licence",
			"lizenziert", "lizenz", "mit lizenz", "lizenzierter benutzer", "kostenpflichtig",
			"con licencia", "licenciado", "licenciada", "licencia", "de pago", "usuario con licencia",
			"com licença", "licença", "pago", "usuário licenciado", "utilizador licenciado",
			"con licenza", "licenza", "concesso in licenza", "utente con licenza", "provvisto di licenza", "a pagamento", //nolint:misspell // Not English.
			"met licentie", "gelicentieerd", "gelicenseerd", "licentie", "gelicentieerde gebruiker", "betaald",
			"ライセンス済み", "ライセンスあり", "ライセンス有り", "ライセンス", "ライセンス付き", "有料", "ライセンスユーザー", "ライセンスを付与済み",
		}},
		{typeUnassigned, []string{
			"4", "unassigned without meetings basic", "not assigned", "unassigned user", "no meetings license",
			"non attribué", "non attribuée", "non assigné", "non assignée", "sans attribution", "non affecté",
			"nicht zugewiesen", "unzugewiesen", "nicht zugeordnet",
			"sin asignar", "no asignado", "no asignada", "não atribuído", "não atribuída", "sem atribuição",
			"non assegnato", "non assegnata", "niet toegewezen", "niet-toegewezen",
			"未割り当て", "未割当", "割り当てなし",
		}},
		{typeNone, []string{
			"99", "no type", "aucun", "aucune", "keine", "kein", "keiner", "ninguno", "ninguna", "nenhum", "nenhuma",
			"nessuno", "nessuna", "geen", "なし", "無し",
		}},
	}
}

func canonUserType(v string) (string, fault) {
	if isUserType(v) {
		return v, fault{}
	}
	folded := foldHeader(v)
	if found := wordsOf(userTypes(), folded); found != "" {
		return found, fault{}
	}
	return v, fault{code: UnknownUserType, severity: Error, suggestion: nearestWord(userTypes(), folded)}
}

// Canonical values of Action.
const (
	ActionCreate     = "create"
	ActionUpdate     = "update"
	ActionDeactivate = "deactivate"
	ActionActivate   = "activate"
	ActionResend     = "resend"
	ActionWithdraw   = "withdraw"
	ActionDelete     = "delete"
	ActionUnlink     = "unlink"
)

// actions has the words of all header languages.
func actions() []vocabulary {
	return []vocabulary{
		{ActionCreate, []string{
			"add", "new", "invite", "import", "create user", "add user", "new user", "onboard", "joiner",
			"créer", "création", "ajouter", "ajout", "nouveau", "nouvelle", "inviter", "importer",
			"erstellen", "anlegen", "hinzufügen", "neu", "einladen", "importieren", "neu anlegen",
			"crear", "agregar", "añadir", "nuevo", "nueva", "invitar", "importar", "alta",
			"criar", "adicionar", "novo", "nova", "convidar",
			"creare", "crea", "aggiungere", "aggiungi", "nuovo", "nuova", "invitare", "invita", "importare",
			"aanmaken", "maken", "toevoegen", "nieuw", "nieuwe", "uitnodigen", "importeren",
			"作成", "追加", "新規", "招待", "新規作成", "新規追加", "登録",
		}},
		{ActionUpdate, []string{
			"change", "modify", "edit", "amend", "update user",
			"mettre à jour", "mise à jour", "modifier", "modification", "changer", "actualiser",
			"aktualisieren", "ändern", "bearbeiten", "änderung",
			"actualizar", "modificar", "cambiar", "editar", "modificación",
			"atualizar", "alterar", "mudar",
			"aggiornare", "aggiorna", "modificare", "modifica", "aggiornamento",
			"bijwerken", "wijzigen", "wijziging", "aanpassen",
			"更新", "変更", "編集", "修正",
		}},
		{ActionDeactivate, []string{
			"disable", "suspend", "inactivate", "deactivated", "deactivate user", "leaver", "offboard",
			"désactiver", "désactivation", "suspendre",
			"deaktivieren", "deaktiviert", "sperren",
			"desactivar", "inhabilitar", "deshabilitar", "suspender", "desactivado", "baja",
			"desativar", "inativar",
			"disattivare", "disattiva", "sospendere", "sospendi", "disabilitare",
			"deactiveren", "uitschakelen", "blokkeren",
			"無効", "無効化", "停止", "無効にする", "利用停止",
		}},
		{ActionActivate, []string{
			"enable", "reactivate", "activated", "activate user", "reenable",
			"activer", "réactiver", "activation", "réactivation",
			"aktivieren", "reaktivieren", "wieder aktivieren", "entsperren",
			"activar", "reactivar", "habilitar",
			"ativar", "reativar",
			"attivare", "attiva", "riattivare", "riattiva", "abilitare",
			"activeren", "heractiveren", "inschakelen", "opnieuw activeren",
			"有効", "有効化", "有効にする", "再有効化", "再開",
		}},
		{ActionResend, []string{
			"reinvite", "invite again", "resend invitation", "resend invite", "send again",
			"renvoyer", "relancer", "réinviter", "renvoyer l'invitation", "inviter à nouveau", "relance",
			"erneut senden", "erneut einladen", "einladung erneut senden", "nochmals senden", "nochmal einladen",
			"reenviar", "volver a enviar", "volver a invitar", "reenviar invitación", "reenviar la invitación",
			"convidar novamente", "reenviar convite", "reenviar o convite",
			"reinviare", "reinvia", "inviare di nuovo", "reinvitare", "reinvia invito", "invia di nuovo",
			"opnieuw verzenden", "opnieuw versturen", "opnieuw uitnodigen", "uitnodiging opnieuw verzenden",
			"再送", "再送信", "再招待", "招待再送", "招待を再送", "招待を再送信",
		}},
		{ActionWithdraw, []string{
			"cancel", "revoke", "cancel invitation", "withdraw invitation", "revoke invitation", "cancel invite",
			"retirer", "annuler", "révoquer", "annuler l'invitation", "retirer l'invitation",
			"zurückziehen", "widerrufen", "stornieren", "abbrechen", "einladung zurückziehen", "einladung widerrufen",
			"retirar", "cancelar", "anular", "revocar", "cancelar invitación", "cancelar la invitación", "retirar la invitación",
			"revogar", "cancelar convite", "cancelar o convite", "retirar o convite",
			"ritirare", "ritira", "annullare", "annulla", "revocare", "revoca", "annulla invito", "ritira invito",
			"intrekken", "annuleren", "uitnodiging intrekken", "uitnodiging annuleren",
			"取消", "取り消し", "取消し", "取り消す", "キャンセル", "取り下げ", "招待取消", "招待取り消し", "招待を取り消す",
		}},
		// Words that may as well mean to unlink, such as remove, are left out:
		// what cannot be undone is not guessed.
		{ActionDelete, []string{
			"delete user", "delete permanently", "permanently delete", "erase", "deleted",
			"supprimer", "suppression", "effacer", "supprimer définitivement", "supprimer l'utilisateur",
			"löschen", "gelöscht", "löschung", "benutzer löschen", "endgültig löschen",
			"eliminar", "borrar", "suprimir", "eliminar usuario", "eliminación",
			"excluir", "apagar", "excluir usuário", "eliminar utilizador",
			"eliminare", "elimina", "eliminazione", "elimina utente",
			"verwijderen", "wissen", "gebruiker verwijderen",
			"削除", "削除する", "ユーザー削除", "ユーザーを削除",
		}},
		{ActionUnlink, []string{
			"disassociate", "dissociate", "unlink user", "unlinked",
			"dissocier", "détacher", "délier", "dissociation",
			"trennen", "entkoppeln", "verknüpfung aufheben", "verknüpfung trennen", "loslösen",
			"desvincular", "disociar", "desasociar", "desvinculación",
			"desassociar", "desvincular usuário",
			"scollegare", "scollega", "dissociare", "dissocia",
			"ontkoppelen", "loskoppelen",
			"リンク解除", "リンクを解除", "リンク解除する", "関連付け解除", "関連付けを解除", "紐付け解除", "紐づけ解除",
		}},
	}
}

func canonAction(v string) (string, fault) {
	folded := foldHeader(v)
	if found := wordsOf(actions(), folded); found != "" {
		return found, fault{}
	}
	return v, fault{code: UnknownAction, severity: Error, suggestion: nearestWord(actions(), folded)}
}
