"""From media to features: what is to be done (``sources``), one video (``video``), all of them (``pool``),
and the folder that training and prediction read (``folder``).

Nothing is imported here: the process of a video needs little of it, and starts sooner for that.
"""
