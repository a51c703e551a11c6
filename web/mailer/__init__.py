"""Mails the files of exports to whom schedules name: python3 -m mailer --help"""
