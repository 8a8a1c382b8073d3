from grader.lab.guest.harness import *
