from grader.lab.guest.recording import *
