package admin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"unified/crud"
	"unified/models"
)

// quotaForm is what is asked for before people are given a quota.
type quotaForm struct {
	Service    string  `gorm:"size:50;not null;default:'dovecot'" crud:"choices:dovecot,apache,webdav,samba,api"`
	QuotaType  string  `gorm:"size:50;not null;default:'storage'" crud:"choices:storage,bandwidth,connections,files,messages"`
	QuotaValue *int64  `validate:"omitempty,gte=0" crud:"help:Empty is no limit."`
	QuotaUnit  *string `gorm:"size:20;default:'GB'" crud:"choices:bytes,KB,MB,GB,TB,count,per_hour,per_day"`
}

// setQuota gives people the same quota, one after the other. It writes rows of user_quotas as somebody would who types them
// there: who may not do that is refused here too.
func setQuota(table func(string) (crud.Resource, bool)) crud.Action[models.User] {
	action := crud.Action[models.User]{
		Name: "set_quota", Label: "Set quota…", Help: "Sets how much of a service each of them may use, whatever was set before.",
	}
	return crud.Ask(action, func(ctx context.Context, user *models.User, form *quotaForm) error {
		quotas, ok := table("user_quotas")
		if !ok {
			return errors.New("There is no table of quotas.")
		}
		found, err := quotas.List(ctx, crud.Query{
			Filter: fmt.Sprintf("user_id.is:%d;service.is:%s;quota_type.is:%s", user.ID, form.Service, form.QuotaType),
		})
		if err != nil {
			return err
		}
		key, input := "", url.Values{"quota_value": {""}, "quota_unit": {""}, crud.NullParam: {"quota_unit"}}
		if form.QuotaValue != nil {
			input.Set("quota_value", strconv.FormatInt(*form.QuotaValue, 10))
		}
		if form.QuotaUnit != nil {
			input.Set("quota_unit", *form.QuotaUnit)
		}
		if len(found.Rows) > 0 {
			key = found.Rows[0].Key
		} else {
			input.Set("user_id", strconv.FormatInt(user.ID, 10))
			input.Set("service", form.Service)
			input.Set("quota_type", form.QuotaType)
		}
		_, err = quotas.Submit(ctx, key, input)
		return err
	})
}
