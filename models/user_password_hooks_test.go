package models_test

import (
	"errors"
	"testing"

	"unified/internal/testdb"
	"unified/models"
)

func TestUserPassword_ApacheCannotReadArgon2(t *testing.T) {
	tx := testdb.Tx(t)
	user := models.User{Username: "zoe", Email: "zoe@mail.example"}
	if err := tx.Select("Username", "Email").Create(&user).Error; err != nil {
		t.Fatal(err)
	}
	for scheme, refused := range map[string]bool{"ARGON2": true, "BCRYPT": false} {
		t.Run(scheme, func(t *testing.T) {
			old := models.UserPassword{UserID: user.ID, Service: "web", PasswordHash: "x", HashScheme: scheme}
			if err := tx.Select("UserID", "Service", "PasswordHash", "HashScheme").Create(&old).Error; err != nil {
				t.Fatal(err)
			}
			edited := old
			edited.Service = "apache"
			err := tx.Model(&old).Select("service").Updates(&edited).Error
			var refusal models.Refusal
			if errors.As(err, &refusal) != refused {
				t.Errorf("got %v", err)
			}
			if err := tx.Delete(&old).Error; err != nil {
				t.Fatal(err)
			}
		})
	}
}
