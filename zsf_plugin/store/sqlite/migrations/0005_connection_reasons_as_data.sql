-- Why a connection asks for a person, as a code with data. Until here it was a sentence, which is kept and shown whole.
UPDATE connections SET reason = json_array('legacy', json_object('text', reason)) WHERE reason IS NOT NULL;
UPDATE history SET detail = json_object('code', 'legacy', 'data', json_object('text', json_extract(detail, '$.reason')))
WHERE code = 'sign_in_ended' AND json_extract(detail, '$.reason') IS NOT NULL;
