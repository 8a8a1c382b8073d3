from grader.lab.guest.guarding import *
