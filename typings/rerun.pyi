from grader.lab.guest.rerun import *
