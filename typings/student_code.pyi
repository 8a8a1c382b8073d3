from grader.lab.guest.student_code import *
