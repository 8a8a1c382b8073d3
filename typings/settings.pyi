from grader.lab.guest.settings import *
