package models

import "gorm.io/gorm"

// BeforeUpdate refuses to hand a password to a service that cannot read its hash.
func (p *UserPassword) BeforeUpdate(tx *gorm.DB) error {
	row, err := updated[UserPassword](tx)
	if err != nil {
		return err
	}
	if tx.Statement.Changed("Service") && row.Service == "apache" && row.HashScheme == "ARGON2" {
		return Refusal{"service": "Apache cannot read how this password is stored; type the password again with the change."}
	}
	return nil
}
