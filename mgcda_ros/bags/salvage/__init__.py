"""Bags that rosbags refuses: without an index or a footer, cut off, damaged. Read from the start as far as they go.

Each reader yields what it finds and says in a list of sentences what is wrong; nothing is left out without a word.
"""
