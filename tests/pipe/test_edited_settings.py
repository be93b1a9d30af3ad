"""Saved settings that somebody edited are refused in one way, whatever is wrong with them."""

import hashlib
import json

import pytest
import srsly

from .making import untrained

EDITS = {
    "values of a setting are no list": {"overruled": {"threshold": 7}},
    "values of what is no setting": {"overruled": {"treshold": [0.5]}},
    "a length that is none": {"longest": True},
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_edited_settings_are_refused(edit):
    pipe = untrained().get_pipe("docre")
    data = srsly.msgpack_loads(pipe.to_bytes())
    cfg = json.dumps({**json.loads(data["pipe"]["cfg"]), **edit}).encode()
    data["pipe"]["cfg"] = cfg
    data["sha256"]["cfg"] = hashlib.sha256(cfg).hexdigest()
    with pytest.raises(ValueError, match=rf"DRE030.*'docre'.*{next(iter(edit))}"):
        pipe.from_bytes(srsly.msgpack_dumps(data))
