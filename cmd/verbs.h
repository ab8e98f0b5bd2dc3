/* Every verb; CMD_VERBS is the order of help. */
#ifndef CMD_VERBS_H
#define CMD_VERBS_H

#include "cmd/cmd.h"

#define CMD_VERBS(X) \
    X(demo) X(officer_new) X(officer_export) X(officer_identity) X(init) X(officer_list) X(officer_add) X(officer_renew) X(officer_remove) X(officer_quorum) \
    X(slot_list) X(slot_add) X(slot_remove) X(key_show) X(key_rotate) X(status) X(check) X(source_declare) X(source_list) X(import) \
    X(patient_show) X(patient_alike) X(patient_merge) X(patient_unmerge) X(patient_overlay) \
    X(quarantine_list) X(quarantine_show) X(quarantine_export) X(quarantine_retry) X(quarantine_dismiss) X(policy_check) X(policy_test) X(policy_list) X(policy_adopt) \
    X(coverage) X(audit) X(case_list) X(case_show) X(case_assign) X(case_note) X(case_ask) X(case_answer) X(case_close) X(case_reopen) X(case_sample) X(attest) X(why) X(investigate) X(report) X(review) X(retention) X(hold_place) X(hold_release) X(hold_list) \
    X(plan) X(approve) \
    X(gate_list) X(gate_record) \
    X(archive) X(archive_timestamp) X(restore) X(release) X(disclosures) X(access_report) X(verify) X(dispose) X(dispose_orders) X(dispose_order) X(dispose_certify) X(ledger_head) X(ledger_list) X(ledger_verify) X(ledger_prove) X(sql) X(backup) X(backup_restore) X(backup_list) X(backup_expire) \
    X(policy_show) X(policy_export) X(policy_fmt) X(policy_sign) X(policy_verify) X(policy_diff) \
    X(manual_write_pages) X(manual_examples) X(manual_parse)

#define X(name) extern const struct cmd_verb cmd_##name;
CMD_VERBS(X)
#undef X

#endif
