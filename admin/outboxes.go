package admin

import (
	"context"
	"time"

	"unified/crud"
	"unified/models"
)

// Outboxes are written beside the changes they tell of; staff can only have a row tried again.

const retryHelp = "Puts this back into the queue, to be tried again now."

func mailboxEvents() crud.Options[models.MailboxEvent] {
	return crud.Options[models.MailboxEvent]{
		List:  []string{"ID", "EventType", "User", "Email", "Processed", "RetryCount", "NextRetryAt", "CreatedAt"},
		Verbs: []crud.Verb{crud.Read},
		Own:   "UserID",
		Group: "Domain",
		Actions: []crud.Action[models.MailboxEvent]{{
			Name: "retry",
			Help: retryHelp,
			Run: func(_ context.Context, row *models.MailboxEvent) error {
				now := time.Now()
				row.Processed, row.ProcessedAt, row.ProcessedBy = false, nil, nil
				row.ErrorMessage, row.NextRetryAt = nil, &now
				return nil
			},
		}},
	}
}

func certificateNotifications() crud.Options[models.CertificateNotification] {
	return crud.Options[models.CertificateNotification]{
		List:  []string{"ID", "NotificationType", "Certificate", "Message", "ProcessedAt", "RetryCount", "NextRetryAt", "CreatedAt"},
		Verbs: []crud.Verb{crud.Read},
		Own:   "Certificate.CreatedBy",
		Group: "Certificate.Domain",
		Actions: []crud.Action[models.CertificateNotification]{{
			Name: "retry",
			Help: retryHelp,
			Run: func(_ context.Context, row *models.CertificateNotification) error {
				now := time.Now()
				row.ProcessedAt, row.ProcessedBy = nil, nil
				row.ErrorMessage, row.NextRetryAt = nil, &now
				return nil
			},
		}},
	}
}
