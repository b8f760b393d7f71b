-- Steps, causes and reasons as data. Until here they were sentences. What a sentence says is turned into data where
-- that is certain, any other is kept as it is, in `text`.

-- A step was [code, sentence, object, field], and is [code, object, field, data].
UPDATE entries SET steps = (
    WITH old AS (
        SELECT key AS place,
            json_extract(value, '$[0]') AS code, json_extract(value, '$[1]') AS text,
            json_extract(value, '$[2]') AS object, json_extract(value, '$[3]') AS field
        FROM json_each(entries.steps)
    ), parts AS (
        SELECT *, instr(text, ': ') AS colon, instr(text, ' found by ') AS found_by FROM old
    )
    SELECT json_group_array(json(step)) FROM (
        SELECT CASE
            WHEN code IN ('unchanged', 'unmatched') OR (code = 'created' AND object IS NOT 'Task')
                THEN json_array(code, object, NULL, json('{}'))
            WHEN code = 'created' AND text LIKE 'Task logged on % %'
                THEN json_array('logged', object, NULL, json_object(
                    'person', substr(text, 16, instr(substr(text, 16), ' ') - 1),
                    'record', substr(text, 16 + instr(substr(text, 16), ' '))))
            WHEN code = 'updated' AND colon
                THEN json_array(code, object, NULL, json_object(
                    'fields', json('["' || replace(substr(text, colon + 2), ', ', '","') || '"]')))
            WHEN code = 'found' AND text LIKE 'Task found: %; nothing written'
                THEN json_array('already_logged', object, NULL,
                    json_object('record', substr(text, 13, instr(text, ';') - 13)))
            WHEN code = 'found' AND found_by AND text LIKE '% found by its link: %'
                THEN json_array(code, object, NULL, json_object(
                    'by', 'link', 'record', nullif(substr(text, colon + 2), 'in this batch')))
            WHEN code = 'found' AND found_by AND colon
                THEN json_array(code, object, NULL, json_object(
                    'by', CASE WHEN text LIKE '%Zaplify\_Id\_\_c: %' ESCAPE '\' THEN 'external_id' ELSE 'match_key' END,
                    'fields', json('["' || replace(
                        substr(text, found_by + 10, colon - found_by - 10), ' + ', '","') || '"]'),
                    'record', nullif(substr(text, colon + 2), 'in this batch')))
            WHEN code = 'owner' AND text LIKE 'owned by user %'
                THEN json_array('owned', object, NULL, json_object('user', substr(text, 15)))
            WHEN code = 'owner' AND text LIKE '% no active user has that e-mail'
                THEN json_array('no_owner', object, NULL, json_object('why', 'no_user'))
            WHEN code = 'owner' AND text LIKE '% several active users have that e-mail'
                THEN json_array('no_owner', object, NULL, json_object('why', 'several_users'))
            WHEN code = 'owner' AND text LIKE '% the event names no user''s e-mail'
                THEN json_array('no_owner', object, NULL, json_object('why', 'no_email'))
            WHEN code = 'owner' AND text LIKE '% the connected user may not set it'
                THEN json_array('no_owner', object, NULL, json_object('why', 'not_writable'))
            ELSE json_array('legacy', object, field, json_object('text', text))
        END AS step FROM parts ORDER BY place
    )
) WHERE steps != '[]';

-- A reason is a step: why an entry was skipped, or held, or why nothing was written.
UPDATE entries SET reason = CASE
    WHEN state = 'done' AND steps != '[]' THEN json_extract(steps, '$[#-1]')
    WHEN reason = 'the switch “sync prospects” was off when it was purchased' THEN '["prospects_off",null,null,{}]'
    WHEN reason = 'the switch “sync activities” was off when it was sent' THEN '["activities_off",null,null,{}]'
    WHEN reason = 'dropped by a person' THEN '["dropped",null,null,{}]'
    WHEN reason = 'it waited for the first connection, and was skipped by choice then'
        THEN '["skipped_at_connect",null,null,{}]'
    WHEN reason = 'it waited for the first preview, and was skipped by choice then'
        THEN '["skipped_at_preview",null,null,{}]'
    ELSE json_array('legacy', NULL, NULL, json_object('text', reason))
END WHERE reason IS NOT NULL;

ALTER TABLE entries ADD COLUMN cause_data TEXT;           -- what its words need beside code, object and field
UPDATE entries SET cause_data = CASE
    WHEN cause_code IN ('PERSON_NOT_IN_SALESFORCE', 'OBJECT_HIDDEN', 'NO_CLOSED_STATUS', 'PERSON_ACCOUNT') THEN '{}'
    WHEN cause_code = 'OUTCOME_UNCLEAR' AND cause_text LIKE '% each time it was written' THEN '{"lost":"every_time"}'
    WHEN cause_code = 'OUTCOME_UNCLEAR' THEN '{"lost":"once"}'
    WHEN cause_code = 'SEVERAL_MATCH' AND cause_text LIKE '%: several records match by %, and %' THEN json_object(
        'fields', json('["' || replace(
            substr(cause_text, instr(cause_text, 'match by ') + 9,
                instr(cause_text, ', and ') - instr(cause_text, 'match by ') - 9), ' + ', '","') || '"]'),
        'policy', CASE
            WHEN cause_text LIKE '%many = oldest %' THEN 'oldest'
            WHEN cause_text LIKE '%many = newest\_activity %' ESCAPE '\' THEN 'newest_activity'
            WHEN cause_text LIKE '%many = same\_owner %' ESCAPE '\' THEN 'same_owner'
            ELSE 'hold' END)
    WHEN cause_code = 'REQUIRED_EMPTY' AND cause_text LIKE '%nothing fills it' THEN '{}'
    WHEN cause_code IN ('REQUIRED_EMPTY', 'DOES_NOT_FIT') AND cause_text LIKE '%not one of the picklist''s values'
        THEN '{"misfit":"not_in_picklist"}'
    WHEN cause_code = 'DEFECT' AND cause_text LIKE 'an unforeseen % in zsf-plugin' THEN json_object(
        'error', substr(cause_text, 15, instr(cause_text, ' in zsf-plugin') - 15))
    WHEN cause_code NOT IN ('SEVERAL_MATCH', 'REQUIRED_EMPTY', 'DOES_NOT_FIT', 'INVALID_EVENT', 'DEFECT')
        AND cause_field IS NOT NULL THEN '{}'
    ELSE json_object('advice', cause_advice, 'text', cause_text)
END WHERE cause_code IS NOT NULL;

-- How many matched was told in the detail, and is a step.
UPDATE entries SET
    steps = json_insert(steps, '$[#]', json_array('several', cause_object, NULL, json_object(
        'count', CAST(cause_detail AS INTEGER), 'fields', json_extract(cause_data, '$.fields')))),
    cause_detail = nullif(trim(substr(cause_detail, instr(cause_detail, ' match') + 6)), '')
WHERE cause_code = 'SEVERAL_MATCH' AND cause_detail LIKE '% records match%';

-- Equal causes are found by object, field and data, where they were by their sentence.
ALTER TABLE entries RENAME COLUMN cause_text TO cause_key;
ALTER TABLE entries DROP COLUMN cause_advice;
UPDATE entries SET cause_key = json_array(cause_object, cause_field, json(cause_data)) WHERE cause_code IS NOT NULL;
